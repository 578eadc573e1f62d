# SPDX-License-Identifier: Apache-2.0
"""Lint: a line has at most 80 columns, a function 60 lines, a file 500."""

import ast
import re

from tree import check, lines

COLUMNS, FUNCTION, FILE = 80, 60, 500

CODE = re.compile(
    r".*\.(cpp|hpp|def|py|sh|cmake|mjs|js)|(.*/)?CMakeLists\.txt|dev|config|"
    r"config\.make|t/demo/run|debian/tests/login|"
    r"doctor/nginx-auth-oidc-check")
CPP = re.compile(r".*\.(cpp|hpp)")
PYTHON = re.compile(r".*\.py|t/demo/run|debian/tests/login|"
                    r"doctor/nginx-auth-oidc-check")

# The last line of a head, as clang-format leaves it, and what heads that
# are no function's begin with.
OPENS = re.compile(r"[^#]*\)[^;=]*\{")
CONTROL = re.compile(r"\s*(?:\} )?(?:if|for|while|switch|catch|else|do|return)"
                     r"\b")


def head(rows, last):
    """The first line of the head that ends at `last`."""
    first, depth = last, 0
    while True:
        depth += rows[first].count(")") - rows[first].count("(")
        initializes = rows[first].lstrip().startswith((":", ","))
        if first == 0 or (depth <= 0 and not initializes):
            return first
        first -= 1


def cpp_functions(text):
    """First and last line of each function and each long lambda."""
    rows = text.splitlines()
    for opening, row in enumerate(rows):
        if not OPENS.fullmatch(row):
            continue
        first = head(rows, opening)
        if CONTROL.match(rows[first]):
            continue
        closing = re.match(r"\s*", rows[first])[0] + "}"
        for last in range(opening + 1, len(rows)):
            if rows[last].startswith(closing):
                yield first + 1, last + 1
                break


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.end_lineno


def functions(path, text):
    if CPP.fullmatch(path):
        return cpp_functions(text)
    return python_functions(text) if PYTHON.fullmatch(path) else ()


def sizes(tree):
    for path, text in tree.items():
        if not CODE.fullmatch(path):
            continue
        if (count := text.count("\n")) > FILE:
            yield f"{path}:{FILE}: {count} lines"
        for number, line in lines(text):
            if len(line) > COLUMNS:
                yield f"{path}:{number}: {len(line)} columns"
        for first, last in functions(path, text):
            if last - first + 1 > FUNCTION:
                yield f"{path}:{first}: a function of {last - first + 1} lines"


SIXTY_ONE = "void f() noexcept {\n" + "    x();\n" * 59 + "}\n"
SIXTY = SIXTY_ONE.replace("    x();\n", "", 1)
IF = "void f() {\n    if (a(b) ||\n        c(d)) {\n    }\n}\n"
LONG_IF = IF + "\n" * 60 + "        }\n"
CONSTRUCTOR = "    A()\n        : a_(1) {\n    }\n" + "\n" * 60 + "        }\n"

if __name__ == "__main__":
    check(sizes, bad=[
        {"src/a.cpp": "x" * 81},
        {"src/a.cpp": "\n" * 501},
        {"src/a.cpp": "void g() {\n}\n" + SIXTY_ONE},
        {"t/a.py": "def f():\n" + "    x()\n" * 60},
        {"dev": "x" * 81},
    ], good=[
        {"src/a.cpp": SIXTY + SIXTY, "src/b.cpp": "\n" * 499 + "\u00e9" * 80,
         "src/c.cpp": LONG_IF, "src/d.hpp": CONSTRUCTOR,
         "src/b.hpp": "class A {\n" + "    int x;\n" * 61 + "};\n",
         "docs/a.md": "x" * 81},
    ])
