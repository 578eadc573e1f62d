# SPDX-License-Identifier: Apache-2.0
"""Bearer tokens as bytes on a connection: odd headers, kept connections,
bodies, HTTP/2."""

import pytest

from gateway import eventually
from h2wire import H2
from visitor import bearer, send
from wire import Wire, once, request

API = """
    oidc_provider cognito { @PROVIDER@ }
    large_client_header_buffers 4 256k;
    client_max_body_size 4m;
    server {
        listen 127.0.0.1:@PORT@;
        listen 127.0.0.1:@PORT2@ http2;
        location /open/ { proxy_pass http://@UPSTREAM@; }
        location / {
            auth_oidc cognito;
            auth_oidc_methods bearer;
            proxy_pass http://@UPSTREAM@;
        }
    }
"""


def authorization(value):
    return f"Authorization: {value}"


# --- forms of the header -----------------------------------------------------

MALFORMED = ["", "Bearer", "Bearer ", "Bearerx", "Bearer\tx",
             "Bearer x y", "Bearer x, Bearer y", "Bearer =", "Bearer \x01",
             "Bearer \xe9", "Basic", "Basic !", "=", "\x7f x", "Bear\xe9r x"]


@pytest.mark.parametrize("value", MALFORMED, ids=repr)
def test_malformed_authorization_header_is_400(gateway, upstream, value):
    """AC-294."""
    site = gateway(API)
    answer = once(site.port, headers=[authorization(value)])
    assert answer.status == 400
    if answer.challenge is not None:  # else nginx itself refused it
        assert 'error="invalid_request"' in answer.challenge
        assert answer.reason == "authorization_malformed"
    assert not upstream.requests


@pytest.mark.parametrize("blanks", [1, 2, 40])
def test_blanks_between_scheme_and_token_are_any_number(
        gateway, pool, blanks):
    """RFC 9110 11.4: auth-scheme 1*SP credentials."""
    site = gateway(API)
    value = f"Bearer{' ' * blanks}{pool.issue()}"
    assert once(site.port, headers=[authorization(value)]).status == 200


def test_malformed_authorization_response_has_a_challenge(gateway):
    site = gateway(API)
    answer = once(site.port, headers=[authorization("Bearerx")])
    assert 'error="invalid_request"' in answer.challenge
    assert answer.json == {"error": "invalid_request",
                           "message": "Bad Request"}


def test_two_authorization_headers_are_400(gateway, upstream):
    """AC-294, AC-295. Of nobody's token: nginx itself writes the second line
    into its log at info."""
    site = gateway(API)
    answer = once(site.port, headers=[authorization("Bearer a.b.c")] * 2)
    assert answer.status == 400
    assert not upstream.requests


@pytest.mark.parametrize("scheme", ["Basic MToy", "Digest x=y", "Negotiate x",
                                    "DPoP abc.def.ghi"])
def test_authorization_of_another_scheme_is_401(gateway, upstream, scheme):
    """AC-294: and never tried as something else."""
    site = gateway(API)
    answer = once(site.port, headers=[authorization(scheme)])
    assert (answer.status, answer.reason) == (401, "method_not_enabled")
    assert not upstream.requests


RUBBISH = {
    "AC-297 any text": "opaque-token",
    "AC-039 no dots": "abc",
    "AC-039 one dot": "abc.def",
    "AC-039 five parts": "a.b.c.d.e",
    "AC-040 dots only": "." * 10000,
    "AC-041 empty parts": "..",
    "AC-055 base64, not base64url": "YWJj.+/+/.YWJj",
    "AC-056 a length that is none": "YWJjZ.YWJj.YWJj",
    "AC-066 very long": "a" * 60000,
    "AC-066 longer than any limit": "a.b." + "c" * 200000,
}


@pytest.mark.parametrize("case", RUBBISH, ids=str)
def test_malformed_token_is_401(gateway, upstream, case):
    site = gateway(API)
    answer = once(site.port,
                  headers=[authorization("Bearer " + RUBBISH[case])])
    assert answer.status == 401
    assert answer.reason in ("token_malformed", "token_too_large",
                             "header_malformed")
    assert not upstream.requests


ALPHABET = ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
            "0123456789-_")


def with_loose_bits(pool, where):
    """A token whose part ends in bits that no byte uses, and its twin with
    another last character for the same bytes."""
    for padding in ("", "y", "yy"):
        parts = pool.issue(header={"x": padding},
                           claims={"x": padding}).split(".")
        if len(parts[where]) % 4:
            good = ".".join(parts)
            last = ALPHABET.index(parts[where][-1])
            parts[where] = parts[where][:-1] + ALPHABET[last ^ 1]
            return good, ".".join(parts)
    raise AssertionError("no such token")


@pytest.mark.parametrize("where, reason", enumerate(
    ["header_malformed", "signature_invalid", "token_malformed"]))
def test_token_in_another_base64url_spelling_is_refused(
        gateway, pool, where, reason):
    """AC-057. The payload is not read before the signature over its
    spelling was found wrong."""
    site = gateway(API)
    good, twin = with_loose_bits(pool, where)
    assert send("GET", site.url("/"), bearer(good)).status == 200
    answer = send("GET", site.url("/"), bearer(twin))
    assert (answer.status, answer.reason) == (401, reason)


def test_http_1_0_request_without_host_is_accepted(gateway, pool):
    """AC-352."""
    site = gateway(API)
    with Wire(site.port) as wire:
        wire.send(f"GET / HTTP/1.0\r\nAuthorization: Bearer {pool.issue()}"
                  "\r\n\r\n")
        assert wire.receive().status == 200


def test_http_0_9_is_refused(gateway, upstream):
    """AC-352: it has no status, only a body."""
    site = gateway(API)
    with Wire(site.port) as wire:
        wire.send("GET /\r\n")
        assert b"unauthorized" in wire.rest()
    assert not upstream.requests


def test_refused_head_request_gets_no_body(gateway):
    """AC-349."""
    site = gateway(API)
    with Wire(site.port) as wire:
        wire.send(request(method="HEAD"))
        answer = wire.receive("HEAD")
        assert answer.status == 401
        assert int(answer.headers["Content-Length"]) > 0
        assert wire.ask(request("/open/")).status == 200


# --- one connection, many requests --------------------------------------------

def test_pipelined_requests_are_answered_in_order(gateway, pool):
    """AC-341: the third one unauthenticated."""
    site = gateway(API)
    token = authorization(f"Bearer {pool.issue()}")
    with Wire(site.port) as wire:
        wire.send(b"".join(
            request(f"/{i}", headers=[] if i == 2 else [token])
            for i in range(10)))
        answers = [wire.receive() for _ in range(10)]
    assert [a.status for a in answers] == [200] * 2 + [401] + [200] * 7
    assert [a.json["uri"] for a in answers if a.status == 200] == \
        [f"/{i}" for i in range(10) if i != 2]


def test_verdict_is_not_carried_over_on_a_kept_connection(gateway, pool):
    """AC-357: neither a failure nor a success."""
    site = gateway(API)
    token = authorization(f"Bearer {pool.issue()}")
    with Wire(site.port) as wire:
        statuses = [wire.ask(request(headers=headers)).status for headers in
                    ([], [token], [], [authorization("Bearer x.y.z")],
                     [token], [])]
    assert statuses == [401, 200, 401, 401, 200, 401]


BODIES = {
    "of no byte": (["Content-Length: 0"], b""),
    "of one byte": (["Content-Length: 1"], b"x"),
    "of a megabyte": (["Content-Length: 1000000"], b"x" * 1000000),
    "chunked": (["Transfer-Encoding: chunked"], b"3\r\nabc\r\n0\r\n\r\n"),
}


@pytest.mark.parametrize("case", BODIES, ids=str)
def test_connection_goes_on_after_a_refused_request_body(gateway, case):
    """AC-337."""
    headers, body = BODIES[case]
    site = gateway(API)
    with Wire(site.port) as wire:
        wire.send(request(method="POST", headers=headers) + body)
        assert wire.receive().status == 401
        assert wire.ask(request("/open/")).status == 200


@pytest.mark.parametrize("case", BODIES, ids=str)
def test_request_body_reaches_the_upstream_whole(gateway, pool, case):
    """AC-337."""
    headers, body = BODIES[case]
    site = gateway(API)
    with Wire(site.port) as wire:
        answer = wire.ask(request(method="POST", headers=[
            *headers, authorization(f"Bearer {pool.issue()}")]) + body)
    assert answer.status == 200
    assert answer.json["body"] == ("abc" if case == "chunked"
                                   else body.decode())


def test_expect_100_continue_is_answered_after_the_token_is_accepted(
        gateway, pool):
    """AC-337: the body is asked for after the token was found good."""
    site = gateway(API)
    with Wire(site.port) as wire:
        wire.send(request(method="POST", headers=[
            authorization(f"Bearer {pool.issue()}"),
            "Expect: 100-continue", "Content-Length: 3"]))
        assert wire.file.readline() == b"HTTP/1.1 100 Continue\r\n"
        wire.file.readline()
        assert wire.ask("abc").json["body"] == "abc"


def test_client_that_leaves_within_its_body_disturbs_no_other(gateway, pool):
    """AC-337, AC-345."""
    site = gateway(API)
    with Wire(site.port) as wire:
        wire.send(request(method="POST", headers=[
            "Content-Length: 1000"]) + b"x")
        assert wire.receive().status == 401
    assert send("GET", site.url("/"), bearer(pool.issue())).status == 200


# --- HTTP/2 ------------------------------------------------------------------

def test_bearer_token_is_judged_over_http2(gateway, pool):
    site = gateway(API)
    token = ("authorization", f"Bearer {pool.issue()}")
    with H2(site.ports["PORT2"]) as h2:
        good, bad = h2.wait(h2.request("/", headers=[token]),
                            h2.request("/"))
    assert good.status == 200
    assert bad.status == 401
    assert bad.headers["www-authenticate"] == 'Bearer realm="127.0.0.1"'


def test_http2_request_bodies_pass_or_are_refused_with_the_token(gateway, pool):
    """AC-338: before, after and instead of an answer."""
    site = gateway(API)
    token = ("authorization", f"Bearer {pool.issue()}")
    body = b"x" * 200000
    with H2(site.ports["PORT2"]) as h2:
        good = h2.request("/", "POST", [token], body)
        bad = h2.request("/", "POST", [], body)
        late = h2.request("/", "POST", [], body, send_body=False)
        streams = h2.wait(good, bad, late)
    assert [stream.status for stream in streams] == [200, 401, 401]
    assert b"x" * 200000 in streams[0].body


def test_http2_streams_that_wait_for_keys_are_answered(gateway, pool):
    """AC-358: and are reset while they do."""
    pool.faults(discovery={"mode": "slow", "seconds": 1.5, "times": 1})
    site = gateway(API)
    token = ("authorization", f"Bearer {pool.issue()}")
    with H2(site.ports["PORT2"]) as h2:
        streams = [h2.request("/", headers=[token]) for _ in range(100)]
        for stream in streams[::2]:
            h2.cancel(stream)
        answers = h2.wait(*streams[1::2])
    assert {answer.status for answer in answers} == {200}


def test_http2_connection_dropped_during_a_key_fetch_harms_nothing(
        gateway, pool):
    """AC-336, AC-358."""
    pool.faults(discovery={"mode": "slow", "seconds": 1, "times": 1})
    site = gateway(API)
    token = pool.issue()
    with H2(site.ports["PORT2"]) as h2:
        for _ in range(50):
            h2.request("/", headers=[("authorization", f"Bearer {token}")])
    eventually(lambda: send("GET", site.url("/"),
                            bearer(token)).status == 200)
