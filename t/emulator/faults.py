# SPDX-License-Identifier: Apache-2.0
"""Selects the calls that fail, and how."""

import time
from collections import deque
from dataclasses import dataclass, field, fields

from .model import ConfigError
from .recorder import matches

MODES = ("slow", "drip", "cut", "reset", "status", "garbage", "html", "huge",
         "redirect", "empty", "throttle", "edit")


@dataclass
class Fault:
    """`times` null: until cleared. `skip`: so many calls go well first."""

    mode: str
    times: int | None = None
    skip: int = 0
    handled: bool = False
    seconds: float = 1.0
    bytes: int | None = None
    status: int | None = None
    headers: dict = field(default_factory=dict)
    body: str | None = None
    location: str = "http://127.0.0.1:9/elsewhere"
    rps: int | None = None
    set: dict = field(default_factory=dict)
    remove: list = field(default_factory=list)

    def __post_init__(self):
        if self.mode not in MODES:
            raise ConfigError(f'"mode" must be one of {" ".join(MODES)}')
        for name in ("times", "skip", "seconds", "bytes", "status", "rps"):
            if not isinstance(getattr(self, name), (int, float, type(None))):
                raise ConfigError(f'"{name}" is no number')
        self._recent: deque[float] = deque()

    def due(self) -> bool:
        """Counts one call; true if this one goes wrong."""
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.rps is not None and not self._too_many():
            return False
        if self.times is not None:
            self.times -= 1
        return True

    def _too_many(self) -> bool:
        now = time.monotonic()
        while self._recent and self._recent[0] <= now - 1:
            self._recent.popleft()
        if len(self._recent) >= self.rps:
            return True
        self._recent.append(now)
        return False

    def used_up(self) -> bool:
        return self.times is not None and self.times <= 0

    def as_json(self) -> dict:
        return {item.name: getattr(self, item.name) for item in fields(self)}


def _fault(given) -> Fault:
    try:
        return Fault(**given)
    except TypeError as error:
        raise ConfigError(str(error)) from error


class Faults:
    """Per kind of call, the faults in the order in which they apply."""

    def __init__(self):
        self._by_kind: dict[str, list[Fault]] = {}

    def change(self, given: dict) -> None:
        """`{kind: fault | [fault, …] | null}`; null takes them away."""
        made = {}
        for kind, wanted in given.items():
            many = wanted if isinstance(wanted, list) else [wanted]
            made[kind] = [_fault(one) for one in many if one is not None]
        self._by_kind.update(made)

    def take(self, kind: str) -> Fault | None:
        for wanted, queue in self._by_kind.items():
            if not matches(kind, wanted):
                continue
            for fault in [one for one in queue if one.used_up()]:
                queue.remove(fault)
            if queue and queue[0].due():
                return queue[0]
        return None

    def clear(self) -> None:
        self._by_kind.clear()

    def as_json(self) -> dict:
        return {kind: [fault.as_json() for fault in queue]
                for kind, queue in self._by_kind.items() if queue}
