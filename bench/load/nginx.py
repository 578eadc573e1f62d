# SPDX-License-Identifier: Apache-2.0
"""An nginx for the bench: on one core, with little in its log."""

import getpass
import grp
import os
import signal
import subprocess
from pathlib import Path

import machine
from gateway import MODULE, NGINX, answers, eventually, workers_of

FRAME = """
{module}
{user}
daemon off;
pid {dir}/nginx.pid;
error_log {dir}/error.log error;
worker_processes {workers};
{main}
events {{ worker_connections 1024; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000000;
    keepalive_timeout 10m;
    default_type text/plain;
    root {dir}/root;
    client_body_temp_path {dir}/tmp/body;
    proxy_temp_path {dir}/tmp/proxy;
    fastcgi_temp_path {dir}/tmp/fastcgi;
    uwsgi_temp_path {dir}/tmp/uwsgi;
    scgi_temp_path {dir}/tmp/scgi;
    {http}
}}
"""


class Nginx:
    """One server. `files` is what lies in its root; `module` is True for the
    one that was built, or the path of another."""

    main = ""

    def __init__(self, directory, http, ports, files=(), module=False,
                 workers=1, cores=None):
        self.dir = Path(directory)
        self.ports = ports
        self.module = module
        self.workers_wanted = workers
        self.cores = cores or machine.SERVER
        (self.dir / "tmp").mkdir(parents=True)
        (self.dir / "root").mkdir()
        for name, text in dict(files).items():
            (self.dir / "root" / name).write_text(text)
        user = ""
        if os.getuid() == 0:
            group = grp.getgrgid(os.getgid()).gr_name
            user = f"user {getpass.getuser()} {group};"
        (self.dir / "nginx.conf").write_text(FRAME.format(
            module=f"load_module {MODULE if module is True else module};"
            if module else "", user=user, dir=self.dir, workers=workers,
            main=self.main, http=http))
        self.process = None
        self.pids = []

    def start(self):
        with open(self.dir / "stderr", "ab") as errors:
            self.process = subprocess.Popen(
                [NGINX, "-p", self.dir, "-c", self.dir / "nginx.conf",
                 "-e", self.dir / "error.log"],
                stdin=subprocess.DEVNULL, stdout=errors, stderr=errors,
                preexec_fn=lambda: os.sched_setaffinity(0, self.cores))
        eventually(self._is_up, 20)
        self.pids = workers_of(self.process.pid)
        if len(self.cores) > 1:
            for pid, core in zip(self.pids, sorted(self.cores)):
                machine.pin(pid, {core})
        return self

    def _is_up(self):
        assert self.process.poll() is None, self.errors()
        return len(workers_of(self.process.pid)) == self.workers_wanted \
            and all(answers(port) for port in self.ports)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(15)

    def restart(self):
        """With empty caches: shared memory goes with the process."""
        self.stop()
        return self.start()

    def errors(self):
        return "".join((self.dir / name).read_text() for name in
                       ("stderr", "error.log") if (self.dir / name).exists())

    def cpu(self):
        return machine.cpu_seconds(self.pids)
