# SPDX-License-Identifier: Apache-2.0
"""Lint: the project stands alone: it names no path of a machine it was made
on, no folder beside it and no registry's host."""

import re

from tree import check, lines

# Written so that this file does not hold what it looks for.
FORBIDDEN = re.compile("|".join([
    r"\.\./shar[e]d", r"/wor[k]/", r"/roo[t]/", r"/hom[e]/\w", r"\.librar[y]",
    r"registry\.npmj[s]", r"registry\.yarnpk[g]", r"pyp[i]\.org",
    r"pythonhoste[d]\.org", r"proxy\.golan[g]", r"crate[s]\.io",
    r"deb\.nodesourc[e]", r'"resolve[d]":',
]))


def standalone(tree):
    for path, text in tree.items():
        for number, line in lines(text):
            if found := FORBIDDEN.search(line):
                yield f"{path}:{number}: {found[0]}"


check(standalone, bad=[
    {"README.md": "see ../" + "shared/design.md\n"},
    {"dev": "cd /work" + "/main\n"},
    {"t/interop/package-lock.json":
        '      "resol' + 'ved": "https://example.org/a.tgz"\n'},
], good=[
    {"README.md": "shared memory, the work/life balance, a library\n"},
])
