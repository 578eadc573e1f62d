"""Lint: each case of the catalogue of adversarial cases, AC-001 to AC-410,
is named in a test that shows it, or waived in t/WAIVED.md with a reason."""

import re

from tree import check, lines

ALL = range(1, 411)
WAIVED = "t/WAIVED.md"
CASE = re.compile(r"\bAC[-_]?(\d{3})(?!\d)")
RANGE = re.compile(r"AC-(\d{3}) *(?:…|\.\.+|–|to) *AC-(\d{3})")


def shown(tree):
    """The cases that tests name, each with one place."""
    found = {}
    for path, text in tree.items():
        if re.fullmatch(r"t/(?!check/).*\.(cpp|hpp|py|mjs|json|jsonl)", path):
            for number, line in lines(text):
                for case in CASE.findall(line):
                    found.setdefault(int(case), f"{path}:{number}")
    return found


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


def cases(tree):
    if WAIVED not in tree:
        if any(path.startswith("docs/") for path in tree):
            yield f"{WAIVED}:1: does not exist"
        return
    tested, left = shown(tree), set(ALL)
    for case, number, reason in waived(tree[WAIVED]):
        left.discard(case)
        if case in tested:
            yield f"{WAIVED}:{number}: AC-{case:03} is shown: {tested[case]}"
        if len(reason) < 12:
            yield f"{WAIVED}:{number}: AC-{case:03} is waived for no reason"
    for case in sorted(set(tested) - set(ALL)):
        yield f"{tested[case]}: there is no AC-{case:03}"
    for case in sorted(left - set(tested)):
        yield f"{WAIVED}:1: AC-{case:03} is neither shown nor waived"


REST = "- AC-003…AC-410: belongs to a later stage\n"
TEST = "TEST(Verify, AC001_AlgNone) {  // and AC-002\n"

check(cases, bad=[
    {WAIVED: REST, "t/unit/a_test.cpp": "// AC-001\n"},
    {WAIVED: REST + "- AC-002: no need of it here\n",
     "t/unit/a_test.cpp": TEST},
    {WAIVED: "- AC-003…AC-410\n", "t/unit/a_test.cpp": TEST},
    {WAIVED: REST, "t/unit/a_test.cpp": TEST + "// AC-411\n"},
    {"docs/security.md": ""},
], good=[
    {WAIVED: REST, "t/unit/a_test.cpp": TEST},
    {"t/unit/a_test.cpp": TEST},
])
