# SPDX-License-Identifier: Apache-2.0
"""How nginx takes the module in: loaded twice, built for another nginx, and
in each of nginx's ways to run."""

import getpass
import grp
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

MODULE = Path(os.environ["MODULE_SO"])
CONF = """
{main}
pid {here}/nginx.pid;
error_log {here}/error.log info;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {here};
    proxy_temp_path {here};
    fastcgi_temp_path {here};
    uwsgi_temp_path {here};
    scgi_temp_path {here};
    oidc_provider nobody {{
        issuer http://127.0.0.1:9/pool;
        client_id nobody;
        client_secret nobody-s-secret;
    }}
    server {{
        listen 127.0.0.1:{port};
        location / {{ auth_oidc nobody; }}
    }}
}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def nginx(here, main, *options, port=0):
    """The command for an nginx of these main directives."""
    if os.getuid() == 0:
        group = grp.getgrgid(os.getgid()).gr_name
        main += f"user {getpass.getuser()} {group};\n"
    conf = here / "nginx.conf"
    conf.write_text(CONF.format(main=main, here=here, port=port or 1))
    return [os.environ["NGINX_BINARY"], "-e", here / "error.log",
            "-c", conf, *options]


def check(here, main):
    """nginx -t."""
    return subprocess.run(nginx(here, main, "-t"), capture_output=True,
                          text=True, check=False)


def test_module_loaded_twice_is_refused(tmp_path):
    """AC-382."""
    done = check(tmp_path, f"load_module {MODULE};\n" * 2)
    assert done.returncode == 1
    assert "is already loaded" in done.stderr


def test_module_built_for_another_nginx_is_refused(tmp_path):
    """AC-381: nginx compares what both were built with."""
    built = MODULE.read_bytes()
    assert built.count(b"8,4,8,") == 1  # sizes that the signature begins with
    other = tmp_path / "other.so"
    other.write_bytes(built.replace(b"8,4,8,", b"4,4,4,"))
    done = check(tmp_path, f"load_module {other};\n")
    assert done.returncode == 1
    assert "is not binary compatible" in done.stderr


def status(port):
    """Of a request without a credential."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


@pytest.mark.parametrize("main", [
    "daemon off; master_process off;",
    "daemon off; worker_processes 1;",
    "daemon off; worker_processes 16;",
    "daemon on; worker_processes 2;",
])
def test_protection_works_in_each_process_mode(main, tmp_path):
    """AC-379."""
    port = free_port()
    command = nginx(tmp_path, f"load_module {MODULE};\n{main}\n", port=port)
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        pid = tmp_path / "nginx.pid"
        until = time.monotonic() + 60
        while (seen := status(port)) is None or not pid.exists():
            assert time.monotonic() < until, "it does not answer"
            time.sleep(0.05)
        os.kill(int(pid.read_text()), signal.SIGQUIT)
        while pid.exists():
            assert time.monotonic() < until + 20, "it does not end"
            time.sleep(0.05)
        process.wait(20)
    assert seen == 401
    log = (tmp_path / "error.log").read_text()
    assert "[alert]" not in log and "[emerg]" not in log, log
