# SPDX-License-Identifier: Apache-2.0
"""Lint: each log line in docs/troubleshooting.md is one of the module's: a
reason word, and behind a colon the beginning of a sentence of the sources."""

import re

from tree import check

PAGE, LIST = "docs/troubleshooting.md", "src/base/errors.def"
ROW = re.compile(r'^X\((\w+), \w+,\s*"([^"]*)"\)', re.M)
SPAN = re.compile(r"`([a-z]+(?:_[a-z]+)+)(?:: ([^`]*))?`")
# In the first column of a table, or at the beginning of a paragraph.
LINE = re.compile(r"^(?:\| )?(?:`[^`]*`(?:, )?)+", re.M)


def sentences(tree):
    """What stands in string literals, adjacent ones joined."""
    text = []
    for path, content in tree.items():
        if re.fullmatch(r"src/.*\.(cpp|hpp|def)", path):
            content = re.sub(r'"\s*\n\s*"', "", content)
            text += re.findall(r'"((?:[^"\\\n]|\\.)*)"', content)
    return "\n".join(text).replace('\\"', '"')


def symptoms(tree):
    words = dict(ROW.findall(tree.get(LIST, "")))
    said = sentences(tree)
    for line in LINE.findall(tree.get(PAGE, "")):
        for word, sentence in SPAN.findall(line):
            if word not in words:
                yield f"{PAGE}:1: {word} is no reason word"
            for part in filter(None, re.split(r" ?… ?", sentence)):
                if part not in said:
                    yield f"{PAGE}:1: nothing says \"{part}\""


GOOD = {LIST: 'X(idp_tls, unavailable, "the certificate is bad")\n'
              'X(code_used, callback,\n  "used")\n',
        "src/a.cpp": 'Error(Errc::code_used,\n  "the code was "\n  "used");\n',
        PAGE: "| `idp_tls: the certificate is bad` | see `x_y` |\n"
              "| `code_used: … code was used …`, for all | x |\n"
              "`code_used`: why\n"}

check(symptoms,
      bad=[{**GOOD, PAGE: "| `idp_tsl` | x |\n"},
           {**GOOD, PAGE: "| `idp_tls: the certificate is good` | x |\n"},
           {**GOOD, PAGE: "`code_used`, `no_word`: why\n"}],
      good=[GOOD, {}])
