# SPDX-License-Identifier: Apache-2.0
"""Lint: docs/security.md lists each fixed limit of the sources with its value.
A constant is a limit if its name begins with kMax; those that only size a
buffer or choose between two ways to the same result are named below."""

import re

from tree import check

DEFINED = re.compile(r"\b(kMax[A-Z]\w*) = ([\d *+']+);(?:  // (\w+))?")
PAGE = "docs/security.md"
ROW = re.compile(r"\| `(kMax\w+)` \| ([\d,]+) \|", re.M)
NO_LIMIT = {"kMaxDerSignature", "kMaxTokenParts", "kMaxCycles",
            "kMaxDigits", "kMaxNodes",
            "kMaxDepth", "kMaxIdle", "kMaxIdleSentOnce", "kMaxLength",
            "kMaxFileBytes", "kMaxTries"}


def value(text):
    """Of sums of products; the only kind there is."""
    total = 0
    for product in text.replace("'", "").split("+"):
        result = 1
        for factor in product.split("*"):
            result *= int(factor)
        total += result
    return total


def limits(tree):
    listed = {name: int(number.replace(",", ""))
              for name, number in ROW.findall(tree.get(PAGE, ""))}
    defined = {}
    for path, text in tree.items():
        if not re.fullmatch(r"src/.*\.[ch]pp", path):
            continue
        for name, number, _ in DEFINED.findall(text):
            if name in NO_LIMIT or path.startswith("src/base/json"):
                continue
            defined[name] = value(number)
            if listed.get(name) != defined[name]:
                yield f"{path}: {name} = {defined[name]} is not in {PAGE}"
    for name in listed.keys() - defined.keys():
        yield f"{PAGE}: {name} is no limit of the sources"


CODE = {"src/a.hpp": "constexpr int kMaxKeys = 2 * 1'000 + 4;\n"}

check(limits, bad=[
    CODE,
    {**CODE, PAGE: "| `kMaxKeys` | 2,003 | x |\n"},
    {PAGE: "| `kMaxKeys` | 64 | x |\n"},
], good=[
    {**CODE, PAGE: "| `kMaxKeys` | 2,004 | x |\n",
     "src/b.cpp": "constexpr int kMaxTries = 4;\n"},
])
