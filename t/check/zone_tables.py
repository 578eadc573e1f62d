# SPDX-License-Identifier: Apache-2.0
"""Lint: each table of the shared memory is in docs/status.md, in the words of
src/ngx/worker/zone_tables.def: what happens when it is full, and who fills
it."""

import re

from tree import check

LIST = "src/ngx/worker/zone_tables.def"
PAGE = "docs/status.md"
HEAD = re.compile(r"^(?:CACHE|SESSION)_TABLE\(", re.M)
TABLE = re.compile(
    HEAD.pattern + r'(\w+),[^"]*"([^"]*)",\s*"([^"]*)"\)', re.M)
ROW = re.compile(r"^\| `(\w+)` \| [^|]* \| ([^|]*) \| ([^|]*) \|$", re.M)


def place(tree, path, name):
    at = tree[path].index(name)
    return f"{path}:{tree[path].count(chr(10), 0, at) + 1}"


def zone_tables(tree):
    if LIST not in tree:
        return
    listed = {m[1]: m.groups()[1:] for m in TABLE.finditer(tree[LIST])}
    told = {m[1]: m.groups()[1:] for m in ROW.finditer(tree.get(PAGE, ""))}
    if not listed or len(listed) != len(HEAD.findall(tree[LIST])):
        yield f"{LIST}:1: a row is not TABLE(name, …, full, filled by)"
    for name, words in listed.items():
        if told.get(name) != words:
            yield f"{place(tree, LIST, name)}: {name} is not in {PAGE} so"
    for name in told.keys() - listed.keys():
        yield f"{place(tree, PAGE, f'`{name}`')}: {name} does not exist"


ONE = '\nCACHE_TABLE(one, StampTable, 3, 0,\n      "goes", "anyone")\n'
GOOD = {LIST: ONE, PAGE: "| `one` | things | goes | anyone |\n"}

check(zone_tables,
      bad=[{LIST: ONE}, {**GOOD, LIST: ONE + ONE.replace("one", "two", 1)},
           {**GOOD, PAGE: "| `one` | things | stays | anyone |\n"},
           {**GOOD, PAGE: GOOD[PAGE] + GOOD[PAGE].replace("one", "two", 1)},
           {**GOOD, LIST: "\nSESSION_TABLE(one)\n"}],
      good=[GOOD, {}])
