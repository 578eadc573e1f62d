# SPDX-License-Identifier: Apache-2.0
"""Selects the tokens to spoil, and how."""

from .jwt import Edits
from .model import ConfigError

KINDS = ("id", "access", "m2m")


def edits_from(given: dict) -> Edits:
    try:
        return Edits(**given)
    except (TypeError, ValueError) as error:
        raise ConfigError(str(error)) from error


class Tamper:
    """Per kind of token, a queue of edits and how often each applies."""

    def __init__(self):
        self._queues: dict[str, list] = {}

    def add(self, given: dict) -> None:
        """`{"id": {…}, "times": n}`; null for ever, 1 if not said."""
        times = given.get("times", 1)
        unknown = set(given) - {*KINDS, "times"}
        if unknown:
            raise ConfigError(f"no kind of token {', '.join(unknown)}")
        made = {kind: edits_from(given[kind])
                for kind in KINDS if kind in given}
        for kind, edits in made.items():
            self._queues.setdefault(kind, []).append([edits, times])

    def take(self, kind: str) -> Edits | None:
        queue = self._queues.get(kind)
        if not queue:
            return None
        edits, times = queue[0]
        if times is not None:
            queue[0][1] -= 1
            if queue[0][1] <= 0:
                queue.pop(0)
        return edits

    def clear(self) -> None:
        self._queues.clear()
