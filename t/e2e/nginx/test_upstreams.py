# SPDX-License-Identifier: Apache-2.0
"""Identity headers on every kind of upstream: proxy, FastCGI, uwsgi, SCGI and
gRPC. Ours arrive, and what a client sends under their names never does."""

import json

import pytest

from sinks import KINDS, Sink
from test_headers import SPELLINGS
from visitor import basic
from wire import Wire, request

SITE = """
    underscores_in_headers on;
    ignore_invalid_headers off;
    oidc_provider cognito { @PROVIDER@ }
    server {
        listen 127.0.0.1:@PORT@;
        auth_oidc cognito;
        auth_oidc_methods bearer client_credentials;
        auth_oidc_set_header X-Auth-User $oidc_user;
        auth_oidc_set_header X-Name $oidc_claim_name;
        @LOCATIONS@
    }
"""
PASS = {"proxy": "proxy_pass http://@UPSTREAM@;",
        **{kind: f"{kind}_pass 127.0.0.1:@{kind.upper()}@;"
           for kind in KINDS}}
LOCATIONS = """
    location /{kind}/ {{ {passes} }}
    location /{kind}/off/ {{ auth_oidc_upstream_token off; {passes} }}
    location /{kind}/anybody/ {{
        auth_oidc_unauthenticated pass;
        {passes}
    }}
    location /{kind}/open/ {{ auth_oidc off; {passes} }}
"""
NAME = "Jörg Łukasiewicz 日本"


@pytest.fixture(scope="module")
def sinks():
    return {kind: Sink(handler) for kind, handler in KINDS.items()}


@pytest.fixture
def site(gateway, sinks):
    ports = {kind.upper(): sink.port for kind, sink in sinks.items()}
    return gateway(SITE, **ports, LOCATIONS="".join(
        LOCATIONS.format(kind=kind, passes=passes)
        for kind, passes in PASS.items()))


def arrived(site, kind, path, *headers):
    """What reached the upstream: names as CGI would fold them."""
    with Wire(site.port) as wire:
        answer = wire.ask(request(f"/{kind}/{path}", headers=[
            line.encode().decode("latin-1") for line in headers]))
    assert answer.status == 200, answer
    told = json.loads(answer.body[5:] if kind == "grpc" else answer.body)
    return [(name.upper().replace("-", "_").replace(".", "_")
             .removeprefix("HTTP_"), value)
            for name, value in told["headers"]]


def values(pairs, name):
    return [value for key, value in pairs if key == name]


@pytest.mark.parametrize("kind", PASS)
def test_identity_arrives_at_every_kind_of_upstream(site, pool, kind):
    """AC-228: the token too; and AC-239, UTF-8 as the document says."""
    token = pool.issue("access", claims={"name": NAME})
    header = f"Authorization: Bearer {token}"
    pairs = arrived(site, kind, "", header)
    assert values(pairs, "AUTHORIZATION") == [f"Bearer {token}"]
    assert values(pairs, "X_AUTH_USER") == ["jane"]
    [name] = values(pairs, "X_NAME")
    assert NAME in (name, name.encode("latin-1", "replace").decode(
        "utf-8", "replace"))
    pairs = arrived(site, kind, "off/", header)
    assert values(pairs, "AUTHORIZATION") == []
    assert values(pairs, "X_AUTH_USER") == ["jane"]


@pytest.mark.parametrize("kind", PASS)
def test_client_secret_arrives_at_no_kind_of_upstream(site, pool, kind):
    """AC-245, AC-246."""
    machine = pool.client("machine")
    pair = basic(machine["id"], machine["secret"])["Authorization"]
    pairs = arrived(site, kind, "", f"Authorization: {pair}")
    [sent] = values(pairs, "AUTHORIZATION")
    assert sent.startswith("Bearer eyJ")
    assert values(pairs, "X_AUTH_USER") == [machine["id"]]
    assert pair not in str(pairs) and machine["secret"] not in str(pairs)


@pytest.mark.parametrize("kind", PASS)
def test_spoofed_identity_arrives_at_no_kind_of_upstream(site, pool, kind):
    """AC-228, AC-230, AC-231, AC-232: beside ours, for nobody, and where
    nothing is protected; also of a claim that the token does not have."""
    spoofed = [f"{name}: root" for name in SPELLINGS] + ["x_name: root"]
    token = f"Authorization: Bearer {pool.issue('access')}"
    pairs = arrived(site, kind, "", *spoofed, token, *spoofed)
    assert values(pairs, "X_AUTH_USER") == ["jane"]
    assert values(pairs, "X_NAME") == []
    for path in ("anybody/", "open/"):
        pairs = arrived(site, kind, path, *spoofed, "X-Other: kept")
        assert values(pairs, "X_AUTH_USER") == []
        assert values(pairs, "X_NAME") == []
        assert values(pairs, "X_OTHER") == ["kept"]
