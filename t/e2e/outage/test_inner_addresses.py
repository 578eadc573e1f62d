# SPDX-License-Identifier: Apache-2.0
"""AC-441: a provider's metadata leads no call to an address inside, by
whatever name, unless the configured issuer is there."""

import json
import os
import re
import socket
import subprocess
from pathlib import Path

import pytest

from gateway import eventually
from visitor import bearer, send

SOURCE = Path(__file__).parents[1] / "support/names.cpp"
# 9.9.9.9 is this machine for the nginx that has names.cpp loaded.
NAMES = "provider.test=9.9.9.9 other.test=9.9.9.9 inside.test=127.0.0.1 " \
    "within.test=127.0.0.1"
SITE = """
    oidc_provider op {
        issuer @SEEN_ISSUER@; profile generic; ssl_verify off;
        client_id app; client_secret secret; audience any-of-ours;
        jwks_refresh 1s 1s;
        @MORE@
    }
    server {
        listen 127.0.0.1:@PORT@;
        auth_oidc op;
        auth_oidc_methods @METHODS@;
        location / { proxy_pass http://@UPSTREAM@; }
    }
"""


@pytest.fixture(scope="session")
def library(tmp_path_factory):
    made = tmp_path_factory.mktemp("names") / "names.so"
    subprocess.run(["g++", "-std=c++20", "-O1", "-shared", "-fPIC", "-o",
                    made, SOURCE], check=True, timeout=120)
    return made


@pytest.fixture
def listener():
    """A service inside that must not see a connection."""
    with socket.create_server(("127.0.0.1", 0)) as service:
        service.setblocking(False)
        yield service


def was_connected(service):
    try:
        service.accept()[0].close()
        return True
    except BlockingIOError:
        return False


@pytest.fixture
def start(gateways, pool, library):
    """An nginx whose provider is named `issuer_host`, with some addresses of
    its metadata changed."""
    def at(host):
        return pool.issuer.replace("127.0.0.1", host)

    def start(issuer_host="provider.test", methods="bearer", more="",
              **changes):
        document = send(
            "GET", pool.issuer + "/.well-known/openid-configuration").json
        edited = json.loads(re.sub(r"//127\.0\.0\.[12]\b",
                                   f"//{issuer_host}", json.dumps(document)))
        pool.faults(discovery={"mode": "edit", "set": {**edited, **changes}})
        site = gateways(SEEN_ISSUER=at(issuer_host), METHODS=methods,
                        MORE=more)
        site.environment = {
            **os.environ, "NAMES": NAMES, "LD_PRELOAD": str(library),
            "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") +
            ":verify_asan_link_order=0"}
        site.write(SITE, "worker_processes 1;")
        site.start()
        return site
    return start


def ask(site, token):
    return send("GET", site.url("/"), bearer(token))


def is_refused(site, provider="op"):
    line = re.compile(rf"{provider}: idp_malformed: .*resolves to an inner")
    return eventually(lambda: line.search(site.log()))


def test_metadata_of_a_public_issuer_is_followed(start, pool):
    site = start()
    assert eventually(lambda: pool.count("jwks") > 0)
    assert "inner address" not in site.log()


def test_key_set_at_a_name_inside_is_not_fetched(start, listener):
    port = listener.getsockname()[1]
    site = start(jwks_uri=f"https://inside.test:{port}/keys")
    assert is_refused(site)
    assert not was_connected(listener)


def test_key_set_at_another_public_name_is_fetched(start, pool):
    site = start(jwks_uri=(pool.issuer + "/.well-known/jwks.json").replace(
        "127.0.0.1", "other.test"))
    assert eventually(lambda: pool.count("jwks") > 0)
    assert "inner address" not in site.log()


def test_key_set_inside_is_fetched_where_the_issuer_is_inside(start, pool):
    site = start(issuer_host="inside.test", jwks_uri=(
        pool.issuer + "/.well-known/jwks.json").replace(
            "127.0.0.1", "within.test"))
    assert eventually(lambda: pool.count("jwks") > 0)
    assert "inner address" not in site.log()


def test_key_set_inside_is_fetched_where_the_configuration_names_it(
        start, pool):
    inside = (pool.issuer + "/.well-known/jwks.json").replace(
        "127.0.0.1", "inside.test")
    start(more=f"jwks_uri {inside};", methods="session bearer")
    assert eventually(lambda: pool.count("jwks") > 0)


def test_userinfo_at_a_name_inside_is_not_asked(start, listener):
    """A call for a request: the token stays here."""
    port = listener.getsockname()[1]
    site = start(methods="userinfo",
                 userinfo_endpoint=f"https://inside.test:{port}/userinfo")
    answer = ask(site, "opaque-token")
    assert answer.status == 503
    assert is_refused(site)
    assert not was_connected(listener)


def test_userinfo_at_another_public_name_is_asked(start, listener):
    port = listener.getsockname()[1]
    site = start(methods="userinfo", more="timeout 1s;",
                 userinfo_endpoint=f"https://other.test:{port}/userinfo")
    assert ask(site, "opaque-token").status == 503
    assert was_connected(listener)


def test_connection_that_another_provider_opened_inside_is_not_used(
        start, pool):
    """Two providers, one service inside: what the first may use is no way in
    for the second."""
    inside = (pool.issuer + "/.well-known/jwks.json").replace(
        "127.0.0.1", "inside.test")
    site = start(more=f"jwks_uri {inside}; }}\n"
                 "    oidc_provider other {\n"
                 "        issuer @SEEN_ISSUER@; profile generic; "
                 "ssl_verify off; audience ours;\n"
                 "        jwks_refresh 1s 1s;",
                 methods="session bearer", jwks_uri=inside)
    assert eventually(lambda: pool.count("jwks") > 1)
    assert is_refused(site, "other")
    assert "op: idp" not in site.log()
