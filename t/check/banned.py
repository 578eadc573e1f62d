# SPDX-License-Identifier: Apache-2.0
"""Lint: what the module's code does without, and why."""

import re

from tree import check, lines

EVERYWHERE = {
    r"<iostream>|std::cout|std::cerr": "nginx has a log",
    r"<regex>": "unbounded, and it throws",
    r"\b(shared_ptr|weak_ptr)\b": "one owner each",
    r"\b(dynamic_cast|typeid)\b": "built without RTTI",
    r"\bthrow\b": "errors are values of Result",
    r"<(thread|future|mutex)>|std::(thread|async|mutex)": "one event loop",
    r"\bdefault\s*:": "a switch names every case",
    r"\bthread_local\b": "there are no threads",
    r"\b(sprintf|strcpy|strcat|strtok|alloca)\s*\(": "knows no bounds",
    r"\b(class|struct)\s+\w*(Manager|Helper|Util)\w*": "says nothing",
    r"\busing namespace\b": "names keep their room",
}

# The core decides and does not act: it is told the time and the chance.
CORE = {
    r"\b(system_clock|steady_clock)\b|\btime\s*\(\s*(NULL|nullptr|0)\s*\)":
        "the core is told the time",
    r"\b(rand|srand)\s*\(|<random>": "the core is told the chance",
    r"\bgetenv\b|<fstream>|\bfopen\b": "the core reads nothing",
}

# What has no memory ends as `new` does, and there alone.
MAY_THROW = "src/base/bad_alloc.hpp"

# Comments and the insides of strings, which may say what they like; the
# name of an include stays.
PROSE = re.compile(r'//.*|/\*.*?\*/|"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])\'')


def banned(tree):
    for path, text in tree.items():
        if not re.fullmatch(r"src/.*\.(cpp|hpp|def)", path):
            continue
        rules = EVERYWHERE if path.startswith("src/ngx/") else \
            EVERYWHERE | CORE
        for number, line in lines(text):
            code = PROSE.sub("", line)
            for pattern, why in rules.items():
                found = re.search(pattern, code)
                if found and (found[0], path) != ("throw", MAY_THROW):
                    yield f"{path}:{number}: {found[0]}: {why}"


check(banned, bad=[
    {"src/a/b.cpp": "#include <iostream>\n"},
    {"src/a/b.cpp": "    throw 1;\n"},
    {"src/base/bad_alloc.hpp": "std::cout << 1;\n"},
    {"src/a/b.cpp": "        default:\n"},
    {"src/a/b.cpp": "std::shared_ptr<int> p;\n"},
    {"src/a/b.hpp": "class KeyManager {\n"},
    {"src/a/b.cpp": "auto now = std::chrono::system_clock::now();\n"},
    {"src/ngx/b.cpp": "static thread_local int n;\n"},
], good=[
    {MAY_THROW: "    throw 1;\n",
     "src/a/b.cpp": '// throw\nf("throw"); A(A&&) = default;\n',
     "src/ngx/b.cpp": "auto now = std::chrono::steady_clock::now();\n",
     "t/unit/a/b_test.cpp": "#include <iostream>\n"},
])
