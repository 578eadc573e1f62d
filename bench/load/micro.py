# SPDX-License-Identifier: Apache-2.0
"""Results of the micro benches."""

import json
import os
import subprocess

import machine


class Micro:
    """Runs the program once, for what the rows ask of it."""

    def __init__(self, program, effort):
        self.program = program
        self.effort = effort
        self._seen = {}

    def _read(self, pattern):
        text = subprocess.run(
            [self.program, f"--benchmark_filter={pattern}",
             f"--benchmark_min_time={self.effort.micro}",
             "--benchmark_format=json"], capture_output=True, text=True,
            check=True, timeout=600,
            preexec_fn=lambda: os.sched_setaffinity(0, machine.SERVER)).stdout
        for one in json.loads(text)["benchmarks"]:
            self._seen[one["name"]] = one

    def _of(self, name):
        if name not in self._seen:
            self._read(f"^{name}$")
        return self._seen[name]

    def time_us(self, name, again=False):
        """`again`: also when it was measured before."""
        if again:
            self._seen.pop(name, None)
        one = self._of(name)
        assert one["time_unit"] == "ns", one
        return one["cpu_time"] / 1000

    def counter(self, name, which):
        return self._of(name)[which]
