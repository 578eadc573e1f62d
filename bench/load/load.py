# SPDX-License-Identifier: Apache-2.0
"""Sends a request many times, and measures what that costs."""

import os
import re
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import machine
from visitor import send

SCRIPT = Path(__file__).parent / "load.lua"
WRK = ["wrk", "-t1", "-c16"]  # kept connections


class Wrong(Exception):
    """A request was not answered as it must be: nothing was measured."""


@dataclass
class Target:
    """One request to one server. `tokens` is a file of tokens, of which each
    request carries the next one; `once`: none of them twice."""
    server: object
    port: int
    path: str
    headers: dict = field(default_factory=dict)
    status: int = 200
    body: str | None = None  # what the answer holds
    tokens: Path | None = None
    once: bool = False
    cores: set = field(default_factory=lambda: machine.LOAD)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}{self.path}"

    def sent(self):
        """The headers of the first request."""
        if not self.tokens:
            return self.headers
        with open(self.tokens, encoding="ascii") as lines:
            return {**self.headers,
                    "Authorization": f"Bearer {lines.readline().strip()}"}

    def check(self, headers=None, status=None):
        """That a request is answered as it must be."""
        headers = self.sent() if headers is None else headers
        wanted = status or self.status
        answer = send("GET", self.url, headers)
        if answer.status != wanted or (
                wanted == self.status and self.body is not None
                and self.body not in answer.text):
            raise Wrong(f"{self.url} answers {answer.status} and not "
                        f"{wanted}: {answer.text[:200]!r}\n"
                        f"{self.server.errors()[-2000:]}")


@dataclass
class Sample:
    """What one window showed."""
    rate: float  # requests a second
    cpu: float   # microseconds of the server a request
    busy: float  # share of the window that the server was at work
    requests: int


@contextmanager
def busy(url, cores):
    """The load's cores at work, as they are in a window, while something is
    measured that needs no load."""
    load = subprocess.Popen([*WRK, "-d600s", url], stdout=subprocess.DEVNULL,
                            preexec_fn=lambda: os.sched_setaffinity(0, cores))
    try:
        yield
    finally:
        load.kill()
        load.wait()


def window(target, seconds):
    """Sends for so long; every answer is counted."""
    headers = [word for name, value in target.headers.items()
               for word in ("-H", f"{name}: {value}")]
    more = [str(target.tokens)] if target.tokens else []
    more += ["once"] if target.once else []
    before = target.server.cpu()
    done = subprocess.run(
        [*WRK, f"-d{seconds}s", "-s", SCRIPT,
         *headers, target.url, "--", *more],
        capture_output=True, text=True, timeout=seconds + 120, check=False,
        preexec_fn=lambda: os.sched_setaffinity(0, target.cores))
    used = target.server.cpu() - before
    found = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+)", done.stdout)
    if not found or int(found[1]) == 0:
        raise Wrong(f"wrk on {target.url}: {done.stdout}{done.stderr}")
    requests, took, odd, broken = map(int, found.groups())
    expected = requests if target.status >= 400 else 0
    if odd != expected or broken:
        raise Wrong(f"{target.url}: of {requests} answers {odd} were errors "
                    f"and not {expected}, {broken} broken\n"
                    f"{target.server.errors()[-2000:]}")
    return Sample(requests * 1e6 / took, used * 1e6 / requests,
                  used * 1e6 / took, requests)
