# SPDX-License-Identifier: Apache-2.0
"""The Cognito emulator as a process, and what a test may ask of it."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from visitor import send

PACKAGE_PARENT = Path(__file__).resolve().parents[2]


class Pool:
    """A running emulator."""

    def __init__(self, directory, *arguments):
        self.directory = Path(directory)
        ready = self.directory / "ready.json"
        with open(self.directory / "stderr", "wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-B", "-m", "emulator", "--ready-file",
                 str(ready), "--domain-host", "127.0.0.2", *arguments],
                cwd=PACKAGE_PARENT, stdout=subprocess.DEVNULL, stderr=errors,
                env={**os.environ, "PYTHONPATH": ""})
        deadline = time.monotonic() + 90
        while not ready.exists():
            if self.process.poll() is not None \
                    or time.monotonic() > deadline:
                self.process.kill()
                raise AssertionError((self.directory / "stderr").read_text())
            time.sleep(0.01)
        self.ready = json.loads(ready.read_text())
        self.issued = set()

    def __getattr__(self, name):
        """issuer, service_url, domain_url, pool_id and the like."""
        try:
            return self.__dict__["ready"][name]
        except KeyError:
            raise AttributeError(name) from None

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
        said = (self.directory / "stderr").read_text()
        assert said == "", said

    def control(self, method, path, body=None):
        answer = send(method, self.ready["control_url"] + path, {},
                      None if body is None else json.dumps(body))
        assert answer.status == 200, answer
        return answer.json

    def reset(self, **what):
        self.control("POST", "/reset", what)
        self.issued.clear()

    def client(self, name="confidential"):
        return next(c for c in self.ready["clients"] if c["name"] == name)

    def user(self, name="jane"):
        return next(u for u in self.ready["users"] if u["username"] == name)

    def allow(self, *urls, client="confidential"):
        """Registers URLs as callbacks and as places to go after a logout."""
        self.control("POST", "/clients", {
            "id": self.client(client)["id"], "add_callback_urls": urls,
            "add_logout_urls": urls})

    def settings(self, **changes):
        self.control("POST", "/settings", changes)

    def faults(self, **by_kind):
        self.control("POST", "/faults", by_kind)

    def listeners(self, **doors):
        self.control("POST", "/listeners", doors)

    def counters(self):
        return self.control("GET", "/counters")

    def count(self, kind):
        """Calls of a kind; `token` stands for all of its kinds."""
        return sum(n for name, n in self.counters().items()
                   if name == kind or name.startswith(kind + "."))

    def calls(self, kind):
        return self.control("GET", f"/log?kind={kind}")

    def issue(self, kind="m2m", **more):
        """A token without a login; `shift`, `sign`, … spoil it."""
        if kind == "m2m":
            more.setdefault("client_id", self.client()["id"])
        token = self.control("POST", "/issue",
                             {"kind": kind, **more})["token"]
        self.issued.add(token)
        return token

    def tamper(self, **by_kind):
        self.control("POST", "/tamper", by_kind)

    def keys(self, **action):
        return self.control("POST", "/keys", action)

    def secrets(self):
        """All that must be in no log of a gateway."""
        found = {item for items in self.control("GET", "/secrets").values()
                 for item in items}
        found |= self.issued
        for call in self.calls("token"):
            found |= {value for name, value in call["form"].items()
                      if name in ("code", "code_verifier")}
        return found
