# SPDX-License-Identifier: Apache-2.0
"""The provider ends sessions here by itself: back-channel logout."""

import json
from urllib.parse import urlencode

import pytest

from gateway import let_pass
from h2wire import H2
from logout_token import EVENT, logout_token, tell
from test_logout import GENERIC, logged_in
from visitor import FORM, SESSION, send
from wire import Wire, once, request

BACK = "backchannel_logout_uri /back; "
LIMIT = 32 * 1024


@pytest.fixture
def site(gateway, store):
    return gateway(GENERIC, MORE=store + BACK,
                   main="worker_processes 2;")


def enter(site, pool, visitor, sid="sid-1"):
    """A login whose ID token names the provider's session."""
    pool.tamper(id={"claims": {"sid": sid}})
    logged_in(site, visitor)
    let_pass(1)  # a logout counts for what is older
    return visitor


def sub_of_jane(pool):
    return pool.control("POST", "/issue", {
        "kind": "id", "username": "jane"})["claims"]["sub"]


def is_in(site, visitor):
    """On whichever worker, and by a copy of the cookies."""
    copy = visitor.jar.header("127.0.0.1", "/", False)
    found = {send("GET", site.url("/"), {"Cookie": copy}).status
             for _ in range(12)}
    assert len(found) == 1, found
    return found == {200}


def test_backchannel_logout_ends_the_session_on_all_workers(
        site, pool, visitor):
    """AC-275: also where another worker knows the session well."""
    enter(site, pool, visitor)
    assert is_in(site, visitor)
    answer = tell(site, logout_token(pool))
    assert (answer.status, answer.text) == (200, "{}")
    assert answer.headers["Cache-Control"] == "no-store"
    assert not is_in(site, visitor)
    answer = visitor.get(site.url("/"))
    assert (answer.status, answer.reason) == (302, "")
    assert SESSION not in visitor.jar.names()


def test_logout_token_with_sub_ends_all_sessions_of_the_user(
        site, pool, visitors):
    """AC-280."""
    browsers = [visitors() for _ in range(3)]
    for number, browser in enumerate(browsers):
        enter(site, pool, browser, f"sid-{number}")
    pool.settings(auto_login="john")
    other = enter(site, pool, visitors(), "sid-bob")
    token = logout_token(pool, sid=None, sub=sub_of_jane(pool))
    assert tell(site, token).status == 200
    assert [is_in(site, one) for one in [*browsers, other]] == \
        [False, False, False, True]


def test_logout_token_with_sid_ends_that_session_alone(site, pool, visitors):
    """AC-273."""
    one = enter(site, pool, visitors(), "sid-1")
    two = enter(site, pool, visitors(), "sid-2")
    assert tell(site, logout_token(pool, sid="sid-2")).status == 200
    assert tell(site, logout_token(pool, sid="unknown")).status == 200
    assert is_in(site, one) and not is_in(site, two)


def test_backchannel_logout_outlives_a_reload(site, pool, visitor):
    enter(site, pool, visitor)
    tell(site, logout_token(pool))
    site.reload()
    assert not is_in(site, visitor)


def test_login_after_a_backchannel_logout_is_accepted(site, pool, visitor):
    enter(site, pool, visitor)
    tell(site, logout_token(pool, sid=None, sub=sub_of_jane(pool)))
    let_pass(1)
    visitor.jar.clear()
    enter(site, pool, visitor, "sid-2")
    assert is_in(site, visitor)


def test_login_under_way_starts_again_after_a_backchannel_logout(
        gateway, pool, visitor):
    """Its code may come from the session that has just ended."""
    site = gateway(GENERIC, MORE=BACK)
    pool.tamper(id={"claims": {"sid": "sid-1"}})
    callback = visitor.callback_for(site.url("/page"))
    let_pass(1)
    assert tell(site, logout_token(pool)).status == 200
    answer = visitor.get(callback)
    assert answer.location.startswith(pool.domain_url)
    assert SESSION not in visitor.jar.names()
    assert visitor.open(answer.location).json["uri"] == "/page"


BAD = {
    "AC-268 no signature": {"sign": "none"},
    "AC-269 a stranger's key": {"sign": "other"},
    "AC-269 HS256 by the public key": {"sign": "hs256"},
    "AC-269 iss": {"iss": "https://evil.example"},
    "AC-269 aud": {"aud": "somebody-else"},
    "AC-270 no events": {"events": None},
    "AC-270 another event": {"events": {"http://other": {}}},
    "AC-270 event is no object": {"events": {EVENT: "x"}},
    "AC-271 nonce": {"nonce": "n"},
    "AC-272 no iat": {"iat": None},
    "AC-272 no jti": {"jti": None},
    "AC-272 no exp": {"exp": None},
    "AC-272 old": {"iat": 1_700_000_000},
    "AC-273 neither sub nor sid": {"sid": None},
    "typ of another kind": {"header": {"typ": "at+jwt"}},
}


@pytest.mark.parametrize("case", BAD)
def test_invalid_logout_token_ends_no_session(gateway, pool, visitor, case):
    site = gateway(GENERIC, MORE=BACK)
    enter(site, pool, visitor)
    answer = tell(site, logout_token(pool, **BAD[case]))
    assert answer.status == 400 and answer.reason
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json["error"] == "invalid_request"
    assert site.said(answer.reason)
    assert is_in(site, visitor)


def test_replayed_logout_token_is_refused(gateway, pool, visitor):
    """AC-272: a replay ends no later session, on whichever worker."""
    site = gateway(GENERIC, MORE=BACK, main="worker_processes 2;")
    token = logout_token(pool, sid=None, sub=sub_of_jane(pool))
    assert tell(site, token).status == 200
    let_pass(1)
    enter(site, pool, visitor)
    assert {tell(site, token).reason for _ in range(6)} == \
        {"logout_token_used"}
    assert is_in(site, visitor)


def test_logout_token_is_read_from_a_posted_form_alone(gateway, pool, visitor):
    """AC-274."""
    site = gateway(GENERIC, MORE=BACK)
    enter(site, pool, visitor)
    token = logout_token(pool)
    url = site.url("/back")
    form = urlencode({"logout_token": token})
    headers = {"Content-Type": FORM}
    get = send("GET", f"{url}?{form}", {})
    assert (get.status, get.headers["Allow"]) == (405, "POST")
    assert send("POST", f"{url}?{form}", headers, "").status == 400
    assert send("POST", url, {"Content-Type": "application/json"},
                json.dumps({"logout_token": token})).status == 400
    assert send("POST", url, headers, f"{form}&{form}").status == 400
    assert is_in(site, visitor)
    assert send("POST", url, headers, form).status == 200
    assert not is_in(site, visitor)


def test_logout_token_beyond_the_body_limit_is_413(gateway, pool):
    """AC-274: whatever the location allows, and however it is sent."""
    site = gateway("client_max_body_size 0; client_body_buffer_size 8k;"
                   "client_body_in_file_only on;" + GENERIC, MORE=BACK)
    form = urlencode({"logout_token": logout_token(pool)}).encode()
    fits = form + b"&x=" + b"x" * (LIMIT - len(form) - 3)
    head = [f"Content-Type: {FORM}"]
    assert once(site.port, "/back", "POST", head, fits).status == 200
    long = once(site.port, "/back", "POST", head, fits + b"x")
    assert (long.status, long.reason) == (413, "token_too_large")
    assert once(site.port, "/back", "POST", head,
                b"x" * (1 << 20)).status == 413
    chunked = [*head, "Transfer-Encoding: chunked"]
    with Wire(site.port) as wire:
        wire.send(request("/back", "POST", chunked))
        wire.send(b"%x\r\n" % (LIMIT + 1) + b"x" * (LIMIT + 1) + b"\r\n")
        assert wire.receive("POST").status == 413
    assert list((site.dir / "tmp/body").iterdir()) == []


@pytest.mark.parametrize("size", [1, 7, 500, 100_000])
def test_chunked_logout_token_is_read(gateway, pool, visitor, size):
    """AC-274: in pieces of one byte, the buffer is too small for it."""
    site = gateway("client_body_buffer_size 1k;" + GENERIC, MORE=BACK)
    enter(site, pool, visitor)
    form = urlencode({"logout_token": logout_token(pool),
                      "x": "x" * 28000}).encode()
    head = request("/back", "POST", [f"Content-Type: {FORM}",
                                     "Transfer-Encoding: chunked"])
    pieces = [form[at:at + size] for at in range(0, len(form), size)]
    body = b"".join(b"%x\r\n%b\r\n" % (len(one), one) for one in pieces)
    with Wire(site.port) as wire:
        wire.send(head)
        assert wire.ask(body + b"0\r\n\r\n", "POST").status == 200
        # and the connection goes on
        assert wire.ask(request("/back")).status == 405
    assert not is_in(site, visitor)


def test_logout_token_in_a_slow_body_is_read(gateway, pool, visitor):
    site = gateway(GENERIC, MORE=BACK)
    enter(site, pool, visitor)
    form = urlencode({"logout_token": logout_token(pool)}).encode()
    head = request("/back", "POST", [f"Content-Type: {FORM}",
                                     f"Content-Length: {len(form)}"])
    with Wire(site.port) as wire:
        wire.send(head + form[:40])
        assert is_in(site, visitor)
        assert wire.ask(form[40:], "POST").status == 200
    assert not is_in(site, visitor)


def test_provider_that_leaves_within_the_body_ends_no_session(
        gateway, pool, visitor):
    site = gateway(GENERIC + "client_body_timeout 1s;", MORE=BACK)
    enter(site, pool, visitor)
    head = request("/back", "POST", [f"Content-Type: {FORM}",
                                     "Content-Length: 100"])
    with Wire(site.port) as wire:
        wire.send(head + b"logout_token=")
    with Wire(site.port) as wire:  # and one that says no more
        wire.send(head + b"logout_token=")
        assert wire.rest()[:12] in (b"", b"HTTP/1.1 408")
    assert is_in(site, visitor)


def test_logout_token_over_http2_is_read(gateway, pool, visitor):
    site = gateway(GENERIC.replace(
        "listen 127.0.0.1:@PORT@;",
        "listen 127.0.0.1:@PORT@; listen 127.0.0.1:@PORT2@ http2;"),
        MORE=BACK)
    enter(site, pool, visitor)
    form = urlencode({"logout_token": logout_token(pool)}).encode()
    head = [("content-type", FORM)]
    with H2(site.ports["PORT2"]) as h2:
        [long] = h2.wait(h2.request("/back", "POST", head,
                                    b"x" * (LIMIT + 1)))
        assert long.status == 413
        assert is_in(site, visitor)
        [good] = h2.wait(h2.request("/back", "POST", head, form))
        assert good.status == 200
    assert not is_in(site, visitor)


def test_logout_token_waits_for_the_first_keys(gateway, pool):
    """A logout that comes before the provider was ever asked."""
    pool.faults(jwks={"mode": "slow", "seconds": 0.5, "times": 1})
    site = gateway(GENERIC, MORE=BACK)
    assert tell(site, logout_token(pool)).status == 200


def test_logout_token_without_keys_is_refused(gateway, pool):
    pool.listeners(service=False)
    site = gateway(GENERIC, MORE=BACK + "timeout 1s;")
    answer = tell(site, logout_token(pool))
    assert (answer.status, answer.reason) == (400, "keys_unavailable")


def test_logout_token_signed_by_a_new_key_is_accepted(
        gateway, pool, fresh_keys):
    site = gateway(GENERIC, MORE=BACK + "jwks_refresh 1s 1h;")
    assert tell(site, logout_token(pool)).status == 200
    let_pass(1)
    pool.keys(action="rotate", which="id", keep_old=True)
    assert tell(site, logout_token(pool)).status == 200


def test_logout_token_is_refused_as_a_bearer_token(gateway, pool):
    site = gateway(GENERIC, MORE=BACK + "audience @CLIENT_ID@;")
    token = logout_token(pool, header={"typ": "JWT"},
                         sub=sub_of_jane(pool))
    answer = send("GET", site.url("/"), {"Authorization": f"Bearer {token}"})
    assert (answer.status, answer.reason) == (401, "token_use_mismatch")


CLASHES = [
    ("backchannel_logout_uri /x; logout_uri /x;",
     "logout_uri and backchannel_logout_uri are the same path"),
    ("backchannel_logout_uri /oidc_callback;",
     "backchannel_logout_uri and redirect_uri are the same path"),
    ("frontchannel_logout_uri /x; backchannel_logout_uri /x;",
     "frontchannel_logout_uri and backchannel_logout_uri are the same path"),
    ("frontchannel_logout_uri /x; cookie_path /y; redirect_uri /y/cb;",
     "frontchannel_logout_uri must lie below cookie_path"),
    ("backchannel_logout_uri https://app.example/x;",
     "is not a path of this server"),
    ("frontchannel_logout_uri /x?y;", "is not a path of this server"),
    ("backchannel_logout_uri x;", "is not a path of this server"),
]


@pytest.mark.parametrize("more, complaint", CLASHES)
def test_invalid_backchannel_settings_fail_nginx_t(refused, more, complaint):
    refused(GENERIC.replace("@MORE@", more), complaint)


def test_backchannel_address_shared_by_providers_fails_nginx_t(refused):
    """AC-385."""
    second = GENERIC.replace("oidc_provider generic", "oidc_provider two") \
        .split("server {")[0].replace("@MORE@", "cookie_name b; " + BACK)
    refused(second + GENERIC.replace("@MORE@", BACK).replace(
        "location / {", "location /two/ { auth_oidc two; } location / {"),
        "have the same backchannel_logout_uri")


def test_backchannel_address_outside_cookie_path_is_valid(gateways):
    site = gateways(MORE=f"{BACK} cookie_path /y; redirect_uri /y/cb;")
    site.write(GENERIC)
    assert site.test()[0] == 0
