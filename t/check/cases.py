# SPDX-License-Identifier: Apache-2.0
"""Lint: t/cases.md lists each adversarial case once, and each one is named in a
test that shows it or waived in t/WAIVED.md with a reason, never both. No
test names a case that is not listed, and no source or page of docs/ names any:
they say what holds, or name the clause of a standard."""

import re

from tree import check, lines

LISTED = "t/cases.md"
WAIVED = "t/WAIVED.md"
ITEM = re.compile(r"- \*\*AC-(\d{3})\*\* \S.*")
CASE = re.compile(r"\bAC[-_]?(\d{3})(?!\d)")
RANGE = re.compile(r"AC-(\d{3}) *(?:…|\.\.+|–|to) *AC-(\d{3})")
TEST = re.compile(r"t/.*\.(cpp|hpp|py|mjs|json|jsonl)")


def listed(text):
    """The cases that a text lists, each with its place, and what is wrong
    with the list: an item is `- **AC-001** The case.`"""
    found, wrong = {}, []
    for number, line in lines(text):
        place, item = f"{LISTED}:{number}", ITEM.fullmatch(line)
        if not item:
            if line.startswith("- **"):
                wrong.append(f"{place}: is not `- **AC-001** The case.`")
        elif int(item[1]) in found:
            wrong.append(f"{place}: AC-{item[1]} is listed twice")
        else:
            found[int(item[1])] = place
    return found, wrong


def named(tree):
    """The cases that tests name, and those that anything else does, each
    with one place. The lints name cases to prove that they can fail."""
    tests, others = {}, {}
    for path, text in tree.items():
        if path == LISTED or path.startswith("t/check/"):
            continue
        found = tests if TEST.fullmatch(path) else others
        for number, line in lines(text):
            for case in CASE.findall(line):
                found.setdefault(int(case), f"{path}:{number}")
    return tests, others


def misplaced(tree):
    """The places where a source or a page of docs/ names a case."""
    for path, text in tree.items():
        if path.startswith(("src/", "docs/")):
            for number, line in lines(text):
                if found := CASE.search(line):
                    yield f"{path}:{number}: names AC-{found[1]}"


def waived(text):
    """The cases that a text waives, each with its line and the reason: an
    item of a list, `- AC-001, AC-003…AC-007: the reason`."""
    for number, line in lines(text):
        ids, _, reason = line.partition(":")
        if not ids.startswith("- AC-"):
            continue
        cases = {int(case) for case in CASE.findall(ids)}
        for first, last in RANGE.findall(ids):
            cases.update(range(int(first), int(last) + 1))
        yield from ((case, number, reason.strip()) for case in cases)


def compare(known, waivers, tests, others):
    """What is wrong between the list, the waivers, the tests and all else."""
    left = known.keys() - tests.keys()
    for case, number, reason in waivers:
        place = f"{WAIVED}:{number}"
        others.setdefault(case, place)
        left.discard(case)
        if case in tests:
            yield f"{place}: AC-{case:03} is shown: {tests[case]}"
        if len(reason) < 12:
            yield f"{place}: AC-{case:03} is waived for no reason"
    for found in (tests, others):
        for case in sorted(found.keys() - known.keys()):
            yield f"{found[case]}: AC-{case:03} is not in {LISTED}"
    for case in sorted(left):
        yield f"{known[case]}: AC-{case:03} is neither shown nor waived"


def cases(tree):
    yield from misplaced(tree)
    missing = [path for path in (LISTED, WAIVED) if path not in tree]
    if not missing:
        known, wrong = listed(tree[LISTED])
        yield from wrong
        yield from compare(known, waived(tree[WAIVED]), *named(tree))
    elif any(path.startswith("docs/") for path in tree):
        yield from (f"{path}:1: does not exist" for path in missing)


ITEMS = "".join(f"- **AC-{n:03}** It is\n  refused.\n" for n in range(1, 10))
REST = "- AC-003…AC-009: belongs to a later stage\n"
SHOWS = "TEST(Verify, AC001_AlgNone) {  // and AC-002\n"
GOOD = {LISTED: ITEMS, WAIVED: REST, "t/unit/a_test.cpp": SHOWS}

check(cases, bad=[
    {**GOOD, "t/unit/a_test.cpp": "// AC-001\n"},
    {**GOOD, LISTED: ITEMS + "- **AC-010** It is refused.\n"},
    {**GOOD, WAIVED: REST + "- AC-002: no need of it here\n"},
    {**GOOD, WAIVED: "- AC-003…AC-009\n"},
    {**GOOD, WAIVED: REST.replace("009", "010")},
    {**GOOD, WAIVED: REST + "as AC-010 is\n"},
    {**GOOD, "t/unit/a_test.cpp": SHOWS + "// AC-010\n"},
    {**GOOD, "src/base/url.hpp": "// Refused (AC-001).\n"},
    {**GOOD, "docs/security.md": "AC-001\n"},
    {**GOOD, LISTED: ITEMS + "- **AC-001** It is refused.\n"},
    {**GOOD, LISTED: ITEMS + "- **AC-10** It is refused.\n"},
    {**GOOD, LISTED: ITEMS + "- **AC-010**\n"},
    {WAIVED: "", "docs/security.md": ""},
    {LISTED: "", "docs/security.md": ""},
], good=[
    GOOD,
    {**GOOD, "src/base/url.hpp": "// RFC 3986 2.1\n",
     "t/check/a.py": "AC-010", "docs/security.md": "It is refused.\n"},
    {"t/unit/a_test.cpp": SHOWS},
])
