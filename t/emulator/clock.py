# SPDX-License-Identifier: Apache-2.0
"""The clock of the user pool."""

import time


class Clock:
    """The machine's clock plus an offset that a test may set."""

    def __init__(self):
        self.offset = 0.0

    def now(self) -> float:
        return time.time() + self.offset

    def seconds(self) -> int:
        return int(self.now())
