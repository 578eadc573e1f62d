# SPDX-License-Identifier: Apache-2.0
"""CORS preflights that the application answers; nothing else slips through."""

import pytest

from h2wire import H2
from sites import SITE
from visitor import NAVIGATION, SESSION, bearer, send
from wire import Wire, request

PASS = """
    auth_oidc_preflight pass;
    auth_oidc_require_group nobody;
    auth_oidc_set_header X-Gate passed;
"""
PREFLIGHT = {"Origin": "https://www.example.org",
             "Access-Control-Request-Method": "POST"}


def without(name):
    return {key: value for key, value in PREFLIGHT.items() if key != name}


OTHERS = {
    "no Origin": ("OPTIONS", without("Origin"), None),
    "no method": ("OPTIONS", without("Access-Control-Request-Method"), None),
    "empty Origin": ("OPTIONS", {**PREFLIGHT, "Origin": ""}, None),
    "GET": ("GET", PREFLIGHT, None),
    "HEAD": ("HEAD", PREFLIGHT, None),
    "POST": ("POST", PREFLIGHT, "x"),
    "a body": ("OPTIONS", PREFLIGHT, "x"),
    "a bearer token": ("OPTIONS", {**PREFLIGHT, **bearer("x.y.z")}, None),
    "a method override": (
        "GET", {**PREFLIGHT, "X-HTTP-Method-Override": "OPTIONS"}, None),
}


@pytest.mark.parametrize("case", OTHERS)
def test_request_resembling_a_preflight_is_401(gateway, upstream, case):
    """AC-254."""
    method, headers, body = OTHERS[case]
    site = gateway(SITE, RULE=PASS)
    answer = send(method, site.url("/"), headers, body)
    assert answer.status == 401, answer
    assert upstream.requests == []


def test_preflight_with_a_chunked_body_is_401(gateway, upstream):
    """AC-254."""
    site = gateway(SITE, RULE=PASS)
    lines = [f"{name}: {value}" for name, value in PREFLIGHT.items()]
    with Wire(site.port) as wire:
        wire.send(request("/", "OPTIONS",
                          [*lines, "Transfer-Encoding: chunked"]))
        wire.send(b"0\r\n\r\n")
        assert wire.receive("OPTIONS").status == 401
    assert upstream.requests == []


def test_preflight_with_an_http2_body_is_401(gateway, upstream):
    """AC-254: without a Content-Length."""
    site = gateway(SITE.replace(
        "listen 127.0.0.1:@PORT@;",
        "listen 127.0.0.1:@PORT@; listen 127.0.0.1:@PORT2@ http2;"),
        RULE=PASS)
    head = [(name.lower(), value) for name, value in PREFLIGHT.items()]
    with H2(site.ports["PORT2"]) as h2:
        [bad] = h2.wait(h2.request("/", "OPTIONS", head, b"x"))
        assert bad.status == 401
        assert upstream.requests == []
        [good] = h2.wait(h2.request("/", "OPTIONS", head))
        assert good.status == 200


def test_preflight_passes_upstream_without_an_identity(
        gateway, visitor, upstream):
    site = gateway(SITE, RULE=PASS)
    visitor.jar.put(SESSION, "whatever")
    visitor.jar.put("theme", "dark")
    forged = {"X-User": "admin", "x_user": "admin", "X-Gate": "passed"}
    answer = visitor.call("OPTIONS", site.url("/a?b"),
                          {**PREFLIGHT, **forged})
    assert answer.status == 200
    assert answer.json["uri"] == "/a?b"
    assert answer.sent("X-User") == answer.sent("X-Gate") == []
    assert answer.sent("Authorization") == []
    assert answer.sent("Cookie") == ["theme=dark"]
    assert "set-cookie" not in {name.lower() for name in answer.headers}


def test_preflight_with_a_session_passes_without_an_identity(gateway, visitor):
    """The rule holds for who is logged in; a preflight is nobody's."""
    site = gateway(SITE, RULE="auth_oidc_preflight pass;")
    visitor.open(site.url("/"))
    answer = visitor.call("OPTIONS", site.url("/"), PREFLIGHT)
    assert answer.status == 200
    assert answer.sent("X-User") == answer.sent("Authorization") == []


@pytest.mark.parametrize("rule", ["", "auth_oidc_preflight deny;"])
def test_preflight_is_401_by_default(gateway, upstream, rule):
    site = gateway(SITE, RULE=rule)
    answer = send("OPTIONS", site.url("/"), {**NAVIGATION, **PREFLIGHT})
    assert answer.status == 401
    assert upstream.requests == []


def test_preflight_is_refused_by_other_access_modules(gateway):
    site = gateway(SITE, RULE=PASS + "deny all;")
    assert send("OPTIONS", site.url("/"), PREFLIGHT).status == 403


def test_preflight_to_the_logout_address_does_not_log_out(gateway, visitor):
    site = gateway(SITE, RULE="auth_oidc_preflight pass;",
                   MORE="logout_uri /logout; logout_query_arg logout;")
    visitor.open(site.url("/"))
    visitor.call("OPTIONS", site.url("/?logout"), PREFLIGHT)
    visitor.call("OPTIONS", site.url("/logout"), PREFLIGHT)
    assert visitor.get(site.url("/")).status == 200
