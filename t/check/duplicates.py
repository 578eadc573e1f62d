# SPDX-License-Identifier: Apache-2.0
"""Lint: no ten lines of the module's code stand in two places."""

import re

from tree import check, lines

RUN = 10


def substance(text):
    """The lines that say something, each with its number."""
    for number, line in lines(text):
        line = re.sub(r"\s+", " ", line.split("//")[0]).strip()
        if re.search(r"\w", line) and not re.match(r"#|\}|namespace", line):
            yield number, line


def duplicates(tree):
    seen = {}
    for path, text in tree.items():
        if not re.fullmatch(r"src/.*\.(cpp|hpp)", path):
            continue
        rows = list(substance(text))
        last = 0
        for at in range(len(rows) - RUN + 1):
            number = rows[at][0]
            run = tuple(line for _, line in rows[at:at + RUN])
            twin = seen.setdefault(run, f"{path}:{number}")
            if twin != f"{path}:{number}" and at >= last:
                last = at + RUN
                yield f"{path}:{number}: the same {RUN} lines as {twin}"


TEN = "".join(f"    call({i});\n" for i in range(10))

check(duplicates, bad=[
    {"src/a.cpp": TEN, "src/b.cpp": "int i;\n\n" + TEN},
    {"src/a.cpp": TEN + "    other();\n" + TEN.replace("    ", "  ")},
], good=[
    {"src/a.cpp": TEN, "src/b.cpp": TEN[11:], "t/c.cpp": TEN},
])
