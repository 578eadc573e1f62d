# SPDX-License-Identifier: Apache-2.0
"""The demo, as somebody who starts it sees it."""

import fcntl
import http.cookiejar
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import pytest

RUN = Path(__file__).resolve().parent / "run"


@pytest.fixture(name="port_8080_taken")
def fixture_port_8080_taken():
    """Somebody else has port 8080: this test, together with those beside it,
    if nobody else."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            other.bind(("127.0.0.1", 8080))
            other.listen()
        except OSError:
            pass  # taken indeed
        yield


@pytest.fixture(name="alone")
def fixture_alone():
    """No other test starts a demo meanwhile: between the search for a free
    port and its use, two of them would find the same."""
    lock = Path(tempfile.gettempdir()) / f"auth_oidc_demo.{os.getuid()}"
    with open(lock, "w", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.fixture(name="demo")
def fixture_demo(request, tmp_path, alone, port_8080_taken):
    """The running demo and what it has printed up to its log."""
    with subprocess.Popen(
            [sys.executable, RUN, "--module", os.environ["MODULE_SO"],
             "--nginx", os.environ["NGINX_BINARY"], "--here", tmp_path,
             *getattr(request, "param", ())],
            stdout=subprocess.PIPE, text=True) as process:
        said = ""
        for line in process.stdout:
            said += line
            if "The log follows" in line:
                break
        try:
            yield process, said
        finally:
            process.send_signal(signal.SIGINT)
            process.stdout.read()
            process.wait(20)


def cases(said):
    """The printed lines to paste: what each claims, and the line."""
    return re.findall(r"^# (.+)\n(.+)$", said, re.M)


def test_demo_commands_return_the_status_written_above_them(demo):
    _, said = demo
    shown = cases(said)
    assert len(shown) >= 6, said
    script = "".join(f"{line}\necho; echo '#end'\n" for _, line in shown)
    out = subprocess.run(["bash", "-c", script], capture_output=True,
                         text=True, check=True, timeout=60).stdout
    answers = out.split("#end\n")
    for (what, _), answer in zip(shown, answers):
        if claimed := re.search(r": (\d{3})", what):
            assert answer.split()[1] == claimed[1], (what, answer)


def test_demo_start_page_names_the_user_and_a_free_port(demo):
    _, said = demo
    address = re.search(r"open +(\S+)", said)[1]
    assert ":8080/" not in address
    with urllib.request.urlopen(address) as response:
        page = response.read().decode()
    assert re.search(r"log in as +(\S+)", said)[1] in page
    assert re.search(r"password +(\S+)", said)[1] in page
    assert "/people/" in page


def family(pid):
    """The processes that came of one, in any generation."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [*children, *(one for child in children for one in family(child))]


def test_demo_leaves_no_process_when_interrupted(demo):
    process, _ = demo
    running = family(process.pid)
    assert len(running) == 4  # the emulator, nginx's master, its workers
    process.send_signal(signal.SIGINT)
    process.stdout.read()
    assert process.wait(20) == 0
    assert not any(Path(f"/proc/{one}").exists() for one in running)


def browser(jar):
    opener = urllib.request.build_opener(
        urllib.request.HTTPCookieProcessor(jar))
    opener.addheaders = [("Accept", "text/html"),
                         ("Sec-Fetch-Mode", "navigate"),
                         ("Sec-Fetch-Dest", "document")]
    return lambda url: opener.open(url, timeout=20).read().decode()


@pytest.mark.parametrize("demo", [["--fleet"]], indirect=True)
def test_demo_fleet_has_one_session_everywhere(demo):
    _, said = demo
    first = re.search(r"open +(\S+)/", said)[1]
    others = re.findall(r"and then +(\S+)", said)
    assert len(others) == 2
    page = browser(None)(first + "/")
    assert all(one in page for one in others)
    control = re.search(r'<a href="(\S+)/">its switches', page)[1]

    def log_in_as(user):
        urllib.request.urlopen(urllib.request.Request(
            control + "/settings", json.dumps({"auto_login": user}).encode(),
            {"Content-Type": "application/json"}), timeout=20).close()
    log_in_as("jane")
    get = browser(http.cookiejar.CookieJar())
    at_each = [get(url) for url in (first + "/people/", *others)]
    for number, shown in enumerate(at_each, 1):
        assert "Hello " in shown and f"nginx{number}" in shown
    log_in_as(None)
    get(first + "/logout")
    for url in others:
        assert "Hello " not in get(url)
