# SPDX-License-Identifier: Apache-2.0
"""Lint: each guarantee of docs/security.md, and each statement of
docs/outages.md on how an outage ends, names a test that shows it. They are the
items of lists; a list may be shown as a whole, where it is introduced."""

import re

from tree import check

PROMISING = {
    "docs/security.md": ["Guarantees"],
    "docs/outages.md": ["What it takes to end", "When it is the machine"],
}
SECTION = re.compile(r"^## (.*)\n((?:(?!## ).*\n?)*)", re.M)
LIST = re.compile(r"(?:^|\n)([^\n].*(?:\n.+)*)?\n\n(- .*(?:\n.+)*)")
TEST = re.compile(r"`(?:test_\w+|[A-Z]\w*\.[A-Z]\w+|t/[\w./-]+)`")


def promises(tree):
    for path, headings in PROMISING.items():
        for section in SECTION.finditer(tree.get(path, "")):
            if section[1] in headings:
                yield from unshown(path, tree[path], section)


def unshown(path, text, section):
    for found in LIST.finditer("\n" + section[2]):
        if TEST.search(found[1] or ""):
            continue
        at = section.start(2) - 1 + found.start(2)
        for item in re.split(r"\n(?=- )", found[2]):
            if not TEST.search(item):
                line = text.count("\n", 0, at) + 1
                yield f"{path}:{line}: names no test"
            at += len(item) + 1


PAGE = "# Security\n\n## Guarantees\n\n### Logins\n\n"

check(promises, bad=[
    {"docs/security.md": PAGE + "- It is shown: `test_it`.\n- It is\n  not.\n"},
    {"docs/security.md": PAGE + "- It is `not`.\n"},
    {"docs/outages.md": "## What it takes to end\n\n- A minute.\n"},
], good=[
    {"docs/security.md": PAGE + "- It is\n  shown: `test_it`.\n- `It.Is`.\n"
     "\n## Hazards\n\n- It is not.\n"},
    {"docs/security.md": PAGE + "All that (`t/e2e`):\n\n- this;\n- that.\n"},
    {"docs/status.md": PAGE + "- It is not.\n"},
])
