# SPDX-License-Identifier: Apache-2.0
"""Lint: C++ is laid out as .clang-format says."""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from tree import ROOT, check


def misplaced(folder, paths):
    """What clang-format would change; one process for all files."""
    done = subprocess.run(["clang-format", "--dry-run", "--Werror", *paths],
                          cwd=folder, capture_output=True, text=True,
                          check=False)
    if done.returncode == 0:
        return []
    return re.findall(r"^.+?:\d+:\d+: error.*", done.stderr, re.M) or \
        [done.stderr]


def layout(tree):
    """In a copy of the tree, so that what is judged is what was given."""
    sources = {path: text for path, text in tree.items()
               if re.fullmatch(r"(src|t|bench)/.*\.(cpp|hpp)", path)}
    if not sources:
        return
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(ROOT / ".clang-format", folder)
        for path, text in sources.items():
            copy = Path(folder, path)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(text, encoding="utf-8")
        yield from misplaced(folder, sources)


check(layout, bad=[
    {"src/a.cpp": "int f( ){return 1 ;}\n"},
    {"t/unit/a/b_test.cpp": "int   i;\n"},
], good=[
    {"src/a.cpp": "int f() {\n    return 1;\n}\n", "t/a.py": "int   i;\n"},
])
