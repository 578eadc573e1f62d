"""Lint: C++ is laid out as .clang-format says."""

import re
import subprocess

from tree import ROOT, check


def misplaced(path, text):
    """What clang-format would change."""
    done = subprocess.run(
        ["clang-format", "--dry-run", "--Werror", f"--assume-filename={path}"],
        cwd=ROOT, input=text, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return []
    return re.findall(r"^.+?:\d+:\d+: error.*", done.stderr, re.M) or \
        [f"{path}: {done.stderr}"]


def layout(tree):
    for path, text in tree.items():
        if re.fullmatch(r"(src|t|bench)/.*\.(cpp|hpp)", path):
            yield from misplaced(path, text)


check(layout, bad=[
    {"src/a.cpp": "int f( ){return 1 ;}\n"},
    {"t/unit/a/b_test.cpp": "int   i;\n"},
], good=[
    {"src/a.cpp": "int f() {\n    return 1;\n}\n", "t/a.py": "int   i;\n"},
])
