# SPDX-License-Identifier: Apache-2.0
"""The CPU time of processes, and the core on which each may run."""

import os
import platform
import time
from pathlib import Path

_CORES = sorted(os.sched_getaffinity(0))
SERVER = {_CORES[0]}
LOAD = {_CORES[-1]}
BOTH = SERVER | LOAD


def pin(pid, cores):
    """All threads of a process, and whatever it starts from now on."""
    for thread in os.listdir(f"/proc/{pid}/task"):
        os.sched_setaffinity(int(thread), cores)


def cpu_seconds(pids):
    """User and system time so far: the process's CPU clock, which counts
    what utime and stime of /proc/<pid>/stat round to hundredths."""
    return sum(time.clock_gettime((~pid << 3) | 2) for pid in pids)


def resident(pid):
    """Bytes of memory that are the process's own."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    raise AssertionError(f"no RssAnon of {pid}")


def children(pid):
    return [int(child) for child in
            Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def describe():
    """The machine in a line."""
    model = next((line.split(":")[1].strip() for line in
                  Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    return f"{model}, {len(_CORES)} cores, Linux {platform.release()}"
