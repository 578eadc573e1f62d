# SPDX-License-Identifier: Apache-2.0
"""Starts the emulator as a person would, and gives tests a way to talk."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from browser import Emulator

PACKAGE_PARENT = Path(__file__).resolve().parents[2]


def launch(directory: Path, *arguments: str) -> tuple:
    """A running emulator and what its ready file says."""
    ready = directory / "ready.json"
    ready.unlink(missing_ok=True)
    with open(directory / "stderr", "wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "emulator", "--ready-file", str(ready),
             *arguments],
            cwd=PACKAGE_PARENT, stdout=subprocess.DEVNULL, stderr=errors,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
    deadline = time.monotonic() + 60
    while not ready.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise AssertionError((directory / "stderr").read_text())
        time.sleep(0.01)
    return process, json.loads(ready.read_text())


def cpu_seconds(pid: int) -> float:
    """What a process has used up to now, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def finish(process, directory: Path) -> None:
    process.terminate()
    assert process.wait(timeout=30) == 0
    assert (directory / "stderr").read_text() == ""


@pytest.fixture(scope="session")
def running(tmp_path_factory):
    directory = tmp_path_factory.mktemp("emulator")
    process, ready = launch(directory)
    yield ready
    finish(process, directory)


@pytest.fixture
def emulator(running):
    """The same process for all tests, fresh again for each."""
    found = Emulator(running)
    found.control("POST", "/reset", {"config": True, "sessions": True})
    return found
