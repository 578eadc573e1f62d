# SPDX-License-Identifier: Apache-2.0
"""What the lints share: the checkout as a mapping from path to text, and the
way a rule is run, first on texts that prove that it can fail."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def checkout():
    """Every text file that git tracks or would track, by its path."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached",
         "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True).stdout
    tree = {}
    for path in filter(None, listed.split("\0")):
        try:
            tree[path] = (ROOT / path).read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue  # not a text, or removed and not yet committed
    return tree


def lines(text):
    """The lines of a text with their numbers, from 1."""
    return enumerate(text.splitlines(), 1)


def check(rule, bad, good):
    """Ends the program with what `rule` finds in the checkout.

    A rule takes a tree and yields findings, as `path:line: what is wrong`.
    It must find something in each of the trees `bad`, and nothing in `good`.
    """
    for tree in bad:
        if not list(rule(tree)):
            sys.exit(f"the rule does not find what is wrong in {tree}")
    for tree in good:
        if found := list(rule(tree)):
            sys.exit(f"the rule finds {found} in {tree}")

    found = list(rule(checkout()))
    print("\n".join(found) or "nothing found")
    sys.exit(1 if found else 0)
