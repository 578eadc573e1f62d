# SPDX-License-Identifier: Apache-2.0
"""nginx with the module: filled-in configuration, start, reload, stop."""

import fcntl
import getpass
import grp
import itertools
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import logs

ROOT = Path(__file__).resolve().parents[3]
NGINX = os.environ.get("NGINX_BINARY", "/usr/sbin/nginx")
MODULE = Path(os.environ.get(
    "MODULE_SO", ROOT / "build/ngx_http_auth_oidc_module.so")).resolve()

FRAME = """
load_module @MODULE@;
@USER@
daemon off;
pid @DIR@/nginx.pid;
error_log @DIR@/debug.log debug;
error_log @DIR@/info.log info;
@MAIN@
events { worker_connections @CONNECTIONS@; }
http {
    log_format seen '$status $request_method $uri [$oidc_error] '
                    '[$oidc_method] [$oidc_user]';
    access_log @DIR@/access.log seen;
    client_body_temp_path @DIR@/tmp/body;
    proxy_temp_path @DIR@/tmp/proxy;
    fastcgi_temp_path @DIR@/tmp/fastcgi;
    uwsgi_temp_path @DIR@/tmp/uwsgi;
    scgi_temp_path @DIR@/tmp/scgi;
    add_header X-Oidc-Error $oidc_error always;
    @TEXT@
}
"""


def eventually(what, within=10.0, pause=0.02):
    """What `what` gives as soon as that is true."""
    deadline = time.monotonic() + within
    while True:
        if value := what():
            return value
        assert time.monotonic() < deadline, f"never came true: {what}"
        time.sleep(pause)


def let_pass(seconds):
    """For limits of time: nothing but time makes them due."""
    time.sleep(seconds + 0.1)


def polling(seconds, pause=0.01):
    """The turns of a client that asks for so long; with its pauses others
    get the processor too."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        yield
        time.sleep(pause)


# Below the ports that the kernel gives to clients. Each test process holds the
# lock of a block, so that two of them never choose the same port.
FIRST_PORT, PORTS_OF_BLOCK, BLOCKS = 12000, 100, 200
LOCKS = Path(tempfile.gettempdir()) / f"auth_oidc_ports.{os.getuid()}"


class PortBlock:
    """The ports of this process, in turn."""

    def __init__(self):
        LOCKS.mkdir(exist_ok=True)
        for number in range(BLOCKS):
            self.lock = open(LOCKS / str(number), "w")
            try:
                fcntl.lockf(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                self.lock.close()
                continue
            first = FIRST_PORT + number * PORTS_OF_BLOCK
            self.ports = itertools.cycle(range(first, first + PORTS_OF_BLOCK))
            return
        raise AssertionError("too many test processes")


_block = None


def free_port(taken):
    """One of this process's own that nobody listens on."""
    global _block
    _block = _block or PortBlock()
    for port in itertools.islice(_block.ports, PORTS_OF_BLOCK):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in taken:
            taken.add(port)
            return port
    raise AssertionError("no free port")


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def proc(pid, name):
    """A file of a process; empty if there is none any more."""
    try:
        return Path(f"/proc/{pid}/{name}").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def workers_of(pid):
    """The worker processes of a master, those that shut down included."""
    return [int(child) for child in proc(pid, f"task/{pid}/children").split()
            if "worker process" in proc(child, "cmdline")]


class Gateway:
    """One nginx. `@PORT@`, `@PORT2@`, … in its configuration are free ports;
    other `@NAME@`s come from `values`."""

    def __init__(self, directory, values):
        self.dir = Path(directory)
        (self.dir / "tmp").mkdir(parents=True)
        self.values = values
        self.ports = {}
        self.process = None
        self.environment = None  # this program's
        self.may_say = None  # pattern of what is no fault
        self.expected = []
        self.workers = []

    # --- configuration ------------------------------------------------

    def write(self, text, main=""):
        """Fills the frame in; returns what nginx will read."""
        user = ""
        if os.getuid() == 0:
            group = grp.getgrgid(os.getgid()).gr_name
            user = f"user {getpass.getuser()} {group};"
        frame = FRAME.replace("@TEXT@", text).replace("@MAIN@", main)
        values = {"MODULE": MODULE, "DIR": self.dir, "USER": user,
                  "CONNECTIONS": 512, **self.values}
        filled = re.sub(r"@([A-Z_]+\d*)@",
                        lambda m: self._value(m[1], values), frame)
        self.conf.write_text(filled)
        return filled

    def _value(self, name, values):
        if re.fullmatch(r"PORT\d*", name):
            if name not in self.ports:
                self.ports[name] = free_port(set(self.ports.values()))
            return str(self.ports[name])
        value = values[name]
        # A value may hold names itself.
        return re.sub(r"@([A-Z_]+\d*)@",
                      lambda m: self._value(m[1], values), str(value))

    @property
    def conf(self):
        return self.dir / "nginx.conf"

    def line_of(self, text):
        """The number of the first line of the configuration that holds it."""
        for number, line in enumerate(
                self.conf.read_text().splitlines(), 1):
            if text in line:
                return number
        raise AssertionError(f"no line holds {text}")

    def _command(self, *more):
        return [NGINX, "-p", str(self.dir), "-e", str(self.dir / "info.log"),
                "-c", str(self.conf), *more]

    def test(self):
        """nginx -t: its exit status and what it says."""
        done = subprocess.run(self._command("-t"), capture_output=True,
                              text=True, timeout=60)
        return done.returncode, done.stderr

    # --- life -----------------------------------------------------------

    @property
    def port(self):
        return self.ports["PORT"]

    def url(self, path="/", port="PORT", scheme="http"):
        return f"{scheme}://127.0.0.1:{self.ports[port]}{path}"

    def start(self):
        with open(self.dir / "stderr", "ab") as errors:
            self.process = subprocess.Popen(
                self._command(), stdin=subprocess.DEVNULL, stdout=errors,
                stderr=errors, env=self.environment)
        for port in self.ports.values():
            eventually(lambda: self._up(port))
        self._settle()
        return self

    def _up(self, port):
        assert self.process.poll() is None, self.text("stderr")
        return answers(port)

    def living_workers(self):
        return sorted(workers_of(self.process.pid))

    def worker_count(self):
        text = self.conf.read_text()
        if "master_process off" in text:
            return 0
        return int(re.search(r"worker_processes (\d+)", text)[1])

    def _settle(self, without=()):
        """Waits until as many workers run as are configured, none of those
        in `without`."""
        def settled():
            now = self.living_workers()
            good = len(now) == self.worker_count() and \
                not set(without) & set(now)
            return good and [now]
        [self.workers] = eventually(settled, 20)

    def signal(self, number):
        self.process.send_signal(number)

    def reload(self):
        """Returns when workers of the new configuration alone are there."""
        old = self.living_workers()
        self.signal(signal.SIGHUP)
        self._settle(old)

    def kill_worker(self, pid):
        """Returns when another one has taken its place."""
        self.expect(rf"worker process {pid} exited on signal 9")
        os.kill(pid, signal.SIGKILL)
        self._settle([pid])

    def expect(self, *patterns):
        """Lines that would fail the test, and must be there."""
        self.expected += patterns

    # --- afterwards -------------------------------------------------------

    def text(self, name):
        path = self.dir / name
        return path.read_text(errors="replace") if path.exists() else ""

    def log(self):
        """The error log at info."""
        return self.text("info.log")

    def said(self, word, within=5.0):
        """Waits for a line of ours with this reason word."""
        pattern = re.compile(rf"auth_oidc: [^:]+: {word}: .*")
        return eventually(lambda: pattern.search(self.log()), within)[0]

    def stop(self):
        """Ends nginx gracefully; returns what was wrong with it."""
        wrong = []
        if self.process.poll() is not None:
            return [f"nginx ended with {self.process.returncode}"]
        if self.workers and self.living_workers() != self.workers:
            wrong.append(f"workers {self.workers} became "
                         f"{self.living_workers()}")
        self.signal(signal.SIGQUIT)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            wrong.append("nginx does not quit")
            self.signal(signal.SIGTERM)
            self.process.wait(15)
        return wrong

    def faults(self, secrets):
        """What the logs of a stopped nginx say that they must not."""
        noise = self.text("stderr") + self.log()
        debug = self.text("debug.log")
        spared = self.expected + [self.may_say] * bool(self.may_say)
        found = logs.bad_lines(noise, spared)
        found += logs.bad_lines(debug, spared)
        found += [f"expected and not seen: {one}"
                  for one in logs.unseen(noise, self.expected)]
        for name, text in (("info.log", self.log()),
                           ("debug.log", logs.own_lines(debug)),
                           ("stderr", self.text("stderr")),
                           ("access.log", self.text("access.log"))):
            found += [f"{name}: {leak}" for leak in
                      logs.leaks(text, secrets, self.may_say)]
        return found
