# SPDX-License-Identifier: Apache-2.0
"""nginx-auth-oidc-check as a process, and what it printed."""

import re
import subprocess
import sys

from gateway import ROOT

PROGRAM = ROOT / "doctor/nginx-auth-oidc-check"
ROW = re.compile(r"(ok|note|unknown|FAULT) +(\S+) +(\S+)  ")

CONF = """
    @HTTP@
    oidc_provider cognito { @PROVIDER@ @MORE@ }
    server {
        listen 127.0.0.1:@PORT@;
        @SERVER@
        location / {
            auth_oidc cognito;
            proxy_pass http://@UPSTREAM@;
        }
    }
"""
VALUES = {"HTTP": "", "MORE": "", "SERVER": ""}


class Diagnosis:
    """The status, and the states by check."""

    def __init__(self, done):
        self.status = done.returncode
        self.printed = done.stdout + done.stderr
        self.text = " ".join(self.printed.split())  # as if never wrapped
        self.rows = {}
        for line in done.stdout.splitlines():
            if found := ROW.match(line):
                self.rows.setdefault(found[3], set()).add(found[1])

    def in_state(self, state):
        return {check for check, states in self.rows.items()
                if state in states}

    @property
    def faults(self):
        return self.in_state("FAULT")


def diagnose(*arguments, program=PROGRAM, **more):
    return Diagnosis(subprocess.run(
        [sys.executable, "-B", str(program), *map(str, arguments)],
        capture_output=True, text=True, timeout=60, **more))
