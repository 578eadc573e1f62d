# SPDX-License-Identifier: Apache-2.0
"""Diagnoses configurations of gateways that do not run."""

import subprocess

import pytest

from diagnosis import CONF, VALUES, diagnose
from gateway import NGINX


@pytest.fixture
def examine(gateways, pool):
    """Nothing that is printed may be a secret of the pool, or one in
    `hidden`. With `dumped`, what it makes of nginx's dump is read."""
    def look(text=CONF, register=True, hidden=(), arguments=(), dumped=None,
             **values):
        site = gateways(**{**VALUES, **values})
        site.write(text, "worker_processes 1;")
        if register:
            pool.allow(site.url("/oidc_callback"), site.url("/"))
        given = ["--nginx", NGINX, "-p", site.dir, "-c", site.conf]
        if dumped:
            dump = subprocess.run([NGINX, "-T", *given[2:]], timeout=60,
                                  capture_output=True, text=True, check=True)
            found = diagnose("-", *arguments, input=dumped(dump.stdout))
        else:
            found = diagnose(*given, *arguments)
        leaked = [secret for secret in {*pool.secrets(), *hidden}
                  if secret in found.printed]
        assert not leaked, found.printed
        return found
    return look
