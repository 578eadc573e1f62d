# SPDX-License-Identifier: Apache-2.0
"""Reads Prometheus' text format 0.0.4, and refuses what is none."""

import re

HEAD = re.compile(r"# (HELP|TYPE) ([a-z_]+) (.+)")
SAMPLE = re.compile(r"([a-z_]+)(?:\{(.*)\})? (\d+(?:\.\d+)?)")
LABEL = re.compile(r'([a-z]+)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)')
PARTS = ("_bucket", "_sum", "_count")


class Exposition:
    """`types` by family; `samples` by name and labels."""

    def __init__(self):
        self.types = {}
        self.samples = {}


def labels_of(text):
    found = LABEL.findall(text)
    assert sum(len(f'{name}="{value}"') for name, value in found) \
        + max(len(found) - 1, 0) == len(text), text
    assert len({name for name, _ in found}) == len(found), text
    return frozenset(found)


def family_of(name, types):
    for part in PARTS:
        if types.get(name.removesuffix(part)) == "histogram":
            return name.removesuffix(part)
    return name


def read(text):
    result, latest = Exposition(), None
    assert text.endswith("\n")
    for line in text.splitlines():
        if head := HEAD.fullmatch(line):
            if head[1] == "TYPE":
                latest = head[2]
                assert latest not in result.types, line
                result.types[latest] = head[3]
            continue
        sample = SAMPLE.fullmatch(line)
        assert sample, line
        key = sample[1], labels_of(sample[2] or "")
        assert family_of(sample[1], result.types) == latest, line
        assert key not in result.samples, line
        result.samples[key] = float(sample[3])
    return result
