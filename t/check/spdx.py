# SPDX-License-Identifier: Apache-2.0
"""Lint: each source file says under which licence it is, where SPDX's tools
look for it: in its first line, or the second behind `#!`."""

from tree import check

MARK = "SPDX-License-Identifier: Apache-2.0"
COMMENT = {"cpp": "//", "hpp": "//", "def": "//", "mjs": "//",
           "py": "#", "cmake": "#", "sh": "#"}


def licence(tree):
    for path, text in tree.items():
        if path.startswith("t/vectors/"):
            continue
        lead = COMMENT.get(path.rpartition(".")[2])
        if not text or not lead:
            continue
        head = text.split("\n", 2)
        if f"{lead} {MARK}" not in head[1 if head[0][:2] == "#!" else 0]:
            yield f"{path}:1: has no '{lead} {MARK}'"


check(licence, bad=[
    {"src/a.cpp": "int i;\n"},
    {"t/a.py": f"#!/usr/bin/env python3\n\"\"\"{MARK}\"\"\"\n"},
    {"src/a.hpp": f"# {MARK}\n"},
], good=[
    {"src/a.cpp": f"// {MARK}\nint i;\n",
     "t/a.py": f"#!/usr/bin/env python3\n# {MARK}\n", "t/__init__.py": "",
     "README.md": "x\n"},
])
