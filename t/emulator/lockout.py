# SPDX-License-Identifier: Apache-2.0
"""Locks a user out after failed passwords, as Cognito does."""

from dataclasses import dataclass

from .clock import Clock

FREE_ATTEMPTS = 5
IDLE_SECONDS = LONGEST = 900


@dataclass
class _Attempts:
    failed: int = 0
    last: float = 0
    until: float = 0


class Lockout:
    """The fifth failure locks for 1 s, each further one twice as long."""

    def __init__(self, clock: Clock):
        self._clock = clock
        self._users: dict[str, _Attempts] = {}

    def locked(self, username: str) -> bool:
        """An attempt while locked does not prolong the lock."""
        found = self._users.get(username)
        return found is not None and self._clock.now() < found.until

    def failed(self, username: str) -> None:
        now = self._clock.now()
        found = self._users.setdefault(username, _Attempts())
        if now - found.last > IDLE_SECONDS:
            found.failed = 0
        found.failed += 1
        found.last = now
        if found.failed >= FREE_ATTEMPTS:
            doublings = min(found.failed - FREE_ATTEMPTS, 10)
            found.until = now + min(2 ** doublings, LONGEST)

    def succeeded(self, username: str) -> None:
        self._users.pop(username, None)
