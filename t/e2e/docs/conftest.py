# SPDX-License-Identifier: Apache-2.0
"""Starts nginx with the examples of conf.d and of the documents, in which the
names of example hosts are exchanged for what runs here."""

import re

import pytest

from examples import FILES, files
from tls import Certificate

CLIENT, MACHINE = "1example0client0id00000000", "2example0client0id00000000"
# What stands in the files, and what takes its place where it stands.
EXCHANGES = {
    r"listen +443 ssl": "listen 127.0.0.1:@PORT@ ssl",
    r"listen +8000;": "listen 127.0.0.1:@PORT@;",
    r"us-east-1_Example01;": "@POOL_ID@ endpoint=@SERVICE@;",
    r"issuer +https://[^;]+;": "issuer @ISSUER@;",
    r"http://127\.0\.0\.1:8080;": "http://@UPSTREAM@;",
    r"grpc://127\.0\.0\.1:8080;": "grpc://127.0.0.1:@GRPC@;",
    CLIENT: "@CLIENT_ID@",
    MACHINE: "@MACHINE_ID@",
}
REGISTERED = ("/oidc_callback", "/", "/goodbye")


@pytest.fixture(scope="session", name="tls")
def fixture_tls(tmp_path_factory):
    """A certificate and its key, under the names that the examples use."""
    folder = tmp_path_factory.mktemp("tls")
    made = Certificate(folder, "127.0.0.1")
    made.cert.rename(folder / "certificate.pem")
    return folder


@pytest.fixture(name="running")
def fixture_running(gateways, pool, tls):
    """Starts nginx with the text of an example."""
    def start(text, client="confidential", exchanges=None, **values):
        for old, new in (EXCHANGES | (exchanges or {})).items():
            text = re.sub(old, new, text)
        used = pool.client(client)
        site = gateways(CLIENT_ID=used["id"],
                        MACHINE_ID=pool.client("machine")["id"], **values)
        files(site.dir, tls, used.get("secret") or "")
        site.write(text, "worker_processes 1;")
        paths = {*REGISTERED, *re.findall(r"redirect_uri +(/[^ ;]+)", text)}
        pool.allow(*(site.url(path, port, scheme) for port in site.ports
                     for path in paths for scheme in ("http", "https")),
                   client=client)
        return site.start()
    return start


@pytest.fixture(name="example")
def fixture_example(running):
    """Starts nginx with one file of conf.d."""
    def start(name, more="", **how):
        return running(FILES[name].read_text() + more, **how)
    return start
