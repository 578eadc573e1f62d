# SPDX-License-Identifier: Apache-2.0
"""Redis for the tests: servers on free ports, and a client of few words."""

import os
import signal
import socket
import subprocess
import time

from gateway import free_port

SERVER = "redis-server"
MANY = 400  # tries, of a twentieth of a second each


class Redis:
    """One server; its data is lost with it."""

    def __init__(self, directory, *settings, port=None):
        self.dir = directory
        self.dir.mkdir(parents=True, exist_ok=True)
        self.port = port or free_port(set())
        self.settings = settings
        self.process = None
        self.password = None
        self.start()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def start(self):
        with open(self.dir / "redis.log", "ab") as log:
            self.process = subprocess.Popen(
                [SERVER, "--port", str(self.port), "--bind", "127.0.0.1",
                 "--dir", str(self.dir), "--save", "", "--appendonly", "no",
                 *self.settings], stdout=log, stderr=log)
        self.wait_until_there()

    def wait_until_there(self):
        for _ in range(MANY):
            try:
                self.ask("PING")
                return
            except RuntimeError:  # it wants a password: it is there
                return
            except OSError:
                time.sleep(0.05)
        raise AssertionError((self.dir / "redis.log").read_text())

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.kill()

    def pause(self):
        """It keeps its connections and answers nothing."""
        os.kill(self.process.pid, signal.SIGSTOP)

    def go_on(self):
        os.kill(self.process.pid, signal.SIGCONT)

    def ask(self, *words, timeout=10):
        """The raw reply to one command."""
        with socket.create_connection(("127.0.0.1", self.port),
                                      timeout) as s:
            s.settimeout(timeout)
            stream = s.makefile("rb")
            if self.password:
                s.sendall(command("AUTH", self.password))
                read_reply(stream)
            s.sendall(command(*words))
            return read_reply(stream)

    def keys(self, pattern="*"):
        return [key.decode() for key in self.ask("KEYS", pattern)]

    def calls(self):
        """How often each command was called."""
        counts = {}
        for line in self.ask("INFO", "commandstats").decode().splitlines():
            name, _, rest = line.partition(":")
            if name.startswith("cmdstat_"):
                counts[name[8:]] = int(rest.split("=")[1].split(",")[0])
        return counts


def command(*words):
    words = [w if isinstance(w, bytes) else str(w).encode() for w in words]
    return b"*%d\r\n" % len(words) + b"".join(
        b"$%d\r\n%s\r\n" % (len(w), w) for w in words)


def read_reply(stream):
    line = stream.readline()
    if not line:
        raise OSError("closed")
    kind, rest = line[:1], line[1:-2]
    if kind == b"$":
        size = int(rest)
        return None if size < 0 else stream.read(size + 2)[:-2]
    if kind == b"*":
        return None if int(rest) < 0 else \
            [read_reply(stream) for _ in range(int(rest))]
    if kind == b":":
        return int(rest)
    if kind == b"-":
        raise RuntimeError(rest.decode())
    return rest


class Sentinel(Redis):
    """One that watches `master`, and fails over after a second."""

    def __init__(self, directory, master, quorum=2, name="main"):
        directory.mkdir(parents=True, exist_ok=True)
        conf = directory / "sentinel.conf"
        conf.write_text(
            f"sentinel monitor {name} 127.0.0.1 {master.port} {quorum}\n"
            f"sentinel down-after-milliseconds {name} 1000\n"
            f"sentinel failover-timeout {name} 5000\n")
        self.conf = conf
        super().__init__(directory)

    def start(self):
        with open(self.dir / "redis.log", "ab") as log:
            self.process = subprocess.Popen(
                [SERVER, str(self.conf), "--sentinel",
                 "--port", str(self.port), "--bind", "127.0.0.1",
                 "--dir", str(self.dir)], stdout=log, stderr=log)
        self.wait_until_there()


class Watched:
    """A master, two replicas and three Sentinels."""

    def __init__(self, directory):
        self.servers = [Redis(directory / "redis0")]
        master = self.servers[0]
        for n in (1, 2):
            self.servers.append(Redis(directory / f"redis{n}", "--replicaof",
                                      "127.0.0.1", str(master.port)))
        self.sentinels = [Sentinel(directory / f"sentinel{n}", master)
                          for n in range(3)]

    @property
    def addresses(self):
        return " ".join(one.address for one in self.sentinels)

    def is_ready(self):
        """Each Sentinel knows the others, and both replicas follow."""
        return all(
            b"slaves=2,sentinels=3" in one.ask("INFO", "sentinel")
            for one in self.sentinels) and all(
            b"master_link_status:up" in one.ask("INFO", "replication")
            for one in self.servers[1:])

    def master(self):
        _, port = self.sentinels[0].ask("SENTINEL", "get-master-addr-by-name",
                                        "main")
        return next(one for one in self.servers if one.port == int(port))

    def stop(self):
        for one in self.sentinels + self.servers:
            one.stop()
