# SPDX-License-Identifier: Apache-2.0
"""Lint: what a document or a comment names is there. In `code` of a document, a
path of this checkout is a file or a folder of it, and the name of a test is
that of a test below t/. A comment in src/ names sources by their last part."""

import re

from tree import check, lines

DOCUMENT = re.compile(r"(docs/.*|bench/README|README|CONTRIBUTING|SECURITY|"
                      r"t/emulator/README)\.md")
CODE = re.compile(r"`([^`]+)`")
PATH = re.compile(r"(src|t|bench|docs|conf\.d|cmake|debian)/[\w./-]*")
TEST = re.compile(r"test_\w+|[A-Z]\w*\.[A-Z]\w+")
PYTHON = re.compile(r"^ *(?:async )?def (test_\w+)", re.M)
GOOGLE = re.compile(r"^TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\)", re.M)


COMMENT = re.compile(r"// .*")
SOURCE = re.compile(r"\b[a-z_]+\.(?:hpp|cpp|def)\b")


def tests_of(tree):
    found = set()
    for path, text in tree.items():
        if path.startswith("t/") and path.endswith(".py"):
            found.update(PYTHON.findall(text))
            found.add(path.rpartition("/")[2].removesuffix(".py"))
        elif path.startswith("t/unit/"):
            found.update(".".join(names) for names in GOOGLE.findall(text))
    return found


def in_comments(tree):
    sources = {path.rpartition("/")[2] for path in tree}
    for path, text in tree.items():
        if path.startswith("src/") and SOURCE.search(path):
            for number, line in lines(text):
                for comment in COMMENT.findall(line):
                    for word in set(SOURCE.findall(comment)) - sources:
                        yield f"{path}:{number}: there is no {word}"


def named(tree):
    yield from in_comments(tree)
    tests = tests_of(tree)
    places = set(tree) | {path[:at.start()] for path in tree
                          for at in re.finditer("/", path)}
    for path, text in tree.items():
        if not DOCUMENT.fullmatch(path):
            continue
        for number, line in lines(text):
            for word in CODE.findall(line):
                if PATH.fullmatch(word) and word.rstrip("/") not in places:
                    yield f"{path}:{number}: there is no {word}"
                if TEST.fullmatch(word) and word not in tests:
                    yield f"{path}:{number}: there is no test {word}"


CODE_OF = {"src/base/url.hpp": "", "t/e2e/login/test_login.py":
           "async def test_it_works():\n", "t/unit/base/url_test.cpp":
           "TEST_F(Url,\n       IsParsed) {\n"}

check(named, bad=[
    CODE_OF | {"docs/a.md": "See `src/base/uri.hpp`.\n"},
    CODE_OF | {"README.md": "| `conf.d/` |\n"},
    CODE_OF | {"docs/a.md": "Held by `test_it_fails`.\n"},
    CODE_OF | {"docs/a.md": "Held by `Url.IsNotParsed`.\n"},
    CODE_OF | {"src/base/form.hpp": "int a;  // see uri.hpp\n"},
], good=[
    CODE_OF | {"docs/a.md": "`src/base/url.hpp` `src/base/` `t/e2e` "
               "`src/<room>/` `test_it_works` `Url.IsParsed` `test_login` "
               "`conf.d` src/none\n",
               "CHANGES.md": "`src/base/uri.hpp`\n",
               "src/base/form.hpp": "// Of url.hpp.\nf(\"uri.hpp\");\n"},
])
