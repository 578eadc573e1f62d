# SPDX-License-Identifier: Apache-2.0
"""Counts the instructions of a request with callgrind: the same on a busy
machine and on an idle one, so that two builds can be compared by percents."""

import http.client
import re
import signal
import subprocess
from pathlib import Path

from gateway import MODULE, NGINX, answers, eventually
from load import Wrong
from nginx import Nginx
from stand import FILE

WARM, COUNTED = 300, 500
TOKENS = 250  # in turn; each is met before and again
LIMIT = 1.02

# By name: the server's port, the path, and what the request carries.
ROWS = {
    "off": ("plain", "/off", lambda stand, server: stand.bearer()),
    "deny": ("plain", "/deny", lambda stand, server: {}),
    "bearer_hot": ("plain", "/bearer", lambda stand, server: stand.bearer()),
    "bearer_hot_100k": ("plain", "/bearer", None),
    "session_memory": ("memory", "/proxy", lambda stand, server:
                       stand.session("memory", server)),
    "session_redis": ("redis", "/proxy", lambda stand, server:
                      stand.session("redis", server)),
    "session_cookie": ("cookie", "/file", lambda stand, server:
                       stand.session("cookie", server)),
    "basic_hot": ("basic", "/file", lambda stand, server: stand.basic()),
}


class Counted(Nginx):
    """One process under callgrind, which counts when it is told to."""

    main = "master_process off;"

    def start(self):
        self.out = self.dir / "callgrind.out"
        with open(self.dir / "stderr", "ab") as errors:
            self.process = subprocess.Popen(
                ["valgrind", "--tool=callgrind", "--instr-atstart=no",
                 f"--callgrind-out-file={self.out}",
                 NGINX, "-p", self.dir, "-c", self.dir / "nginx.conf",
                 "-e", self.dir / "error.log"],
                stdin=subprocess.DEVNULL, stdout=errors, stderr=errors)
        eventually(self._is_up, 60)
        return self

    def _is_up(self):
        assert self.process.poll() is None, self.errors()
        return all(answers(port) for port in self.ports)

    def control(self, *words):
        subprocess.run(["callgrind_control", *words, str(self.process.pid)],
                       check=True, capture_output=True, timeout=60)

    def count(self, send, requests):
        """Instructions a request."""
        self.control("--instr=on")
        self.control("--zero")
        send(requests)
        self.control("--dump")
        self.control("--instr=off")
        dumps = sorted(self.dir.glob("callgrind.out.*"),
                       key=lambda path: int(path.suffix[1:]))
        text = eventually(lambda: re.search(
            r"^(?:totals|summary): (\d+)", dumps[-1].read_text(), re.M))
        return int(text[1]) / requests


def sender(stand, server, row):
    """Sends so many requests of the row over one connection."""
    port, path, credential = ROWS[row]
    if credential:
        shown = [credential(stand, server if server.module else None)]
    else:
        tokens = stand.rs256.tokens(TOKENS).read_text().split()
        shown = [{"Authorization": f"Bearer {token}"} for token in tokens]
    status = 401 if row == "deny" else 200
    connection = http.client.HTTPConnection(
        "127.0.0.1", server.by_name[port], timeout=60)

    def send(requests):
        for i in range(requests):
            connection.request("GET", path, headers={
                "Accept": "*/*", **shown[i % len(shown)]})
            answer = connection.getresponse()
            body = answer.read().decode()
            if answer.status != status or (
                    path != "/proxy" and status == 200 and body != FILE):
                raise Wrong(f"{row}: {answer.status} {body[:200]}")
    return send


def measure(stand, module, names):
    name = Path(module).stem if module else "base"
    server = stand.main_server(f"counted-{name}", module, kind=Counted)
    server.start()
    counts = {}
    try:
        for name in names:
            send = sender(stand, server, name)
            send(WARM)
            counts[name] = server.count(send, COUNTED)
    finally:
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(60)
    return counts


def compare(stand, names, other=None):
    """Prints the table: nginx without the module, with this one and with the
    other; whether each row is within the limit."""
    base = measure(stand, None, names)
    ours = measure(stand, MODULE, names)
    theirs = measure(stand, other, names) if other else {}
    print(f"{'instructions a request':24} {'base':>9} {'this':>9} "
          f"{'other':>9}  ratio")
    holds = True
    for name, count in ours.items():
        line = f"{name:24} {base[name]:9.0f} {count:9.0f}"
        if name in theirs:
            ratio = count / theirs[name]
            holds = holds and ratio <= LIMIT
            line += f" {theirs[name]:9.0f} {ratio:6.3f}"
        print(line, flush=True)
    return holds
