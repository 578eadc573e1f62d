# SPDX-License-Identifier: Apache-2.0
"""Lint: src/SOURCES is the list of the .cpp files below src/, in no more
than one copy, and nginx's Makefile can tell their objects apart."""

import re

from tree import check


def sources(tree):
    listed = [line for line in tree["src/SOURCES"].splitlines()
              if line and not line.startswith("#")]
    present = [path.removeprefix("src/") for path in tree
               if re.fullmatch(r"src/.*\.cpp", path)]
    for path in sorted(set(listed) - set(present)):
        yield f"src/SOURCES: {path} does not exist"
    for path in sorted(set(present) - set(listed)):
        yield f"src/{path}: not in src/SOURCES"
    # nginx puts an addon's object at addon/<last folder>/<name>.o.
    seen = {}
    for path in listed:
        twin = seen.setdefault("/".join(path.split("/")[-2:]), path)
        if twin is not path:
            yield f"src/SOURCES: {path} and {twin} have one object in nginx"


check(sources, bad=[
    {"src/SOURCES": "a/b.cpp\n"},
    {"src/SOURCES": "# nothing\n", "src/a/b.cpp": ""},
    {"src/SOURCES": "a/b.cpp\na/b.cpp\n", "src/a/b.cpp": ""},
    {"src/SOURCES": "x/a/b.cpp\ny/a/b.cpp\n",
     "src/x/a/b.cpp": "", "src/y/a/b.cpp": ""},
], good=[
    {"src/SOURCES": "# all\na/b.cpp\n", "src/a/b.cpp": "", "src/a/b.hpp": ""},
])
