# SPDX-License-Identifier: Apache-2.0
"""Makes an nginx meet what seldom happens: an allocation that fails, a clock
that jumps (mischief.cpp)."""

import mmap
import os
import struct
import subprocess
from pathlib import Path

SOURCE = Path(__file__).with_suffix(".cpp")
PID, LEFT, FAILED, SECONDS = range(0, 32, 8)


def build(directory):
    """The library that is loaded before all others."""
    made = Path(directory) / "mischief.so"
    subprocess.run(["g++", "-std=c++20", "-O1", "-shared", "-fPIC", "-o",
                    made, SOURCE], check=True, timeout=120)
    return made


class Mischief:
    """What one nginx and its workers are to meet."""

    def __init__(self, directory, library):
        self.file = Path(directory) / "orders"
        self.file.write_bytes(bytes(32))
        with open(self.file, "r+b") as file:
            self.orders = mmap.mmap(file.fileno(), 32)
        self.environment = {
            **os.environ, "MISCHIEF": str(self.file),
            "LD_PRELOAD": str(library),
            # Its own allocator comes after this library, which calls it.
            "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") +
            ":verify_asan_link_order=0:allocator_may_return_null=1"}

    def _get(self, place):
        return struct.unpack_from("q", self.orders, place)[0]

    def _set(self, place, value):
        struct.pack_into("q", self.orders, place, value)

    def fail(self, pid, number):
        """The so manieth allocation of this process from now on fails."""
        self._set(FAILED, 0)
        self._set(PID, pid)
        self._set(LEFT, number)

    def has_failed(self):
        return self._get(FAILED) != 0

    def end(self):
        """Whether one failed; none does any more."""
        self._set(LEFT, 0)
        return self.has_failed()

    def clock(self, seconds):
        """The clock is so far ahead; behind, below 0."""
        self._set(SECONDS, seconds)
