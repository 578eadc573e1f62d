# SPDX-License-Identifier: Apache-2.0
"""Lint: docs/errors.md explains each reason word of src/base/errors.def, and
no other; each word stands in code quotes at the head of a row or section."""

from tables import drift, words
from tree import check


def errors(tree):
    listed = words(r"^X\((\w+),", tree, r"src/base/errors\.def")
    yield from drift(tree, listed, "docs/errors.md",
                     r"^(?:#+|\||-) *`([a-z_]+)`")


check(errors, bad=[
    {"src/base/errors.def": "X(late, a, b)\n", "docs/errors.md": "late\n"},
    {"src/base/errors.def": "", "docs/errors.md": "## `late`\n"},
    {"src/base/errors.def": "X(late, a, b)\n", "docs/other.md": ""},
], good=[
    {"src/base/errors.def": "X(late, a, b)\n",
     "docs/errors.md": "| `late` | be earlier, not `soon` |\n"},
    {"src/base/errors.def": "X(late, a, b)\n"},
])
