# SPDX-License-Identifier: Apache-2.0
"""A session's tokens: refreshed before they expire, once, and revoked at the
logout. Tokens here live 12 seconds, since a session is refreshed every 10
seconds at most."""

import base64
import json
import socket
import time

import pytest

from crowd import together
from gateway import eventually, let_pass
from sites import COOKIE_STORE, SITE
from visitor import NAVIGATION, SCRIPT, SESSION, query_of, send

pytestmark = pytest.mark.slow
LIFE = 12
TWO_WORKERS = "worker_processes 2;"
MANY = 200
REFRESH = "token.refresh_token"


def payload(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def logged_in(site, visitor):
    answer = visitor.open(site.url("/"))
    assert answer.status == 200, answer
    return token_of(answer)


def token_of(answer):
    """The access token that reached the upstream; "" if none did."""
    assert answer.status == 200, answer
    sent = answer.sent("Authorization")
    return sent[0].removeprefix("Bearer ") if sent else ""


def header(visitor):
    return {"Cookie": "; ".join(f"{name}={visitor.jar.value(name)}"
                                for name in visitor.jar.names())}


@pytest.fixture
def short(pool):
    """Short lives, and a rotation that forgives nothing."""
    pool.settings(access_token_validity=LIFE, rotation=True,
                  retry_grace_period_seconds=0)
    return pool


# --- once -------------------------------------------------------------------

def test_expired_token_is_refreshed_once_for_many_requests(
        gateway, short, visitor, store):
    """AC-282, AC-283: 200 at once on 2 workers; rotation without grace."""
    site = gateway(SITE, main=TWO_WORKERS, MORE=store)
    old = logged_in(site, visitor)
    let_pass(LIFE)
    short.faults(**{REFRESH: {"mode": "slow", "seconds": 1, "times": 1}})
    headers = header(visitor)
    answers = together(MANY, lambda: send("GET", site.url("/"), headers,
                                          timeout=60))
    assert {answer.status for answer in answers} == {200}
    tokens = {token_of(answer) for answer in answers}
    assert len(tokens) == 1 and tokens.isdisjoint({old, ""})
    assert short.count(REFRESH) == 1


def test_early_refresh_does_not_delay_other_requests(
        gateway, short, visitor, store):
    """AC-292: one goes for new tokens, the others go on with the old."""
    site = gateway(SITE, main=TWO_WORKERS, MORE=store)
    old = logged_in(site, visitor)
    let_pass(10)
    short.faults(**{REFRESH: {"mode": "slow", "seconds": 1, "times": 1}})
    headers = header(visitor)
    answers = together(20, lambda: send("GET", site.url("/"), headers))
    tokens = [token_of(answer) for answer in answers]
    assert "" not in tokens and old in tokens and len(set(tokens)) == 2
    assert short.count(REFRESH) == 1


def test_session_outlives_many_refreshes(gateway, short, visitor, store):
    """AC-288, AC-289: each time with the token that came last."""
    site = gateway(SITE, MORE=store)
    seen = [logged_in(site, visitor)]
    for _ in range(2):
        let_pass(10)
        seen.append(token_of(visitor.get(site.url("/"))))
        assert token_of(visitor.get(site.url("/"))) == seen[-1]
    assert len(set(seen)) == 3
    assert short.count(REFRESH) == 2


def test_refresh_without_rotation_keeps_the_refresh_token(
        gateway, pool, visitor):
    """AC-288, Q11."""
    pool.settings(access_token_validity=LIFE)
    site = gateway(SITE)
    logged_in(site, visitor)
    for _ in range(2):
        let_pass(10)
        assert visitor.get(site.url("/")).status == 200
    spent = {call["form"]["refresh_token"] for call in pool.calls(REFRESH)}
    assert pool.count(REFRESH) == 2 and len(spent) == 1


def test_refresh_request_has_the_client_and_no_scope(gateway, short, visitor):
    """RFC 6749 6: no scope, the client's authentication."""
    site = gateway(SITE)
    logged_in(site, visitor)
    let_pass(10)
    visitor.get(site.url("/"))
    (call,) = short.calls(REFRESH)
    assert set(call["form"]) == {"grant_type", "refresh_token"}
    assert call["basic"][0] == short.client()["id"]


def test_refresh_is_stored_if_the_client_leaves(gateway, short, visitor):
    """AC-284: the new refresh token is stored all the same."""
    site = gateway(SITE)
    old = logged_in(site, visitor)
    let_pass(LIFE)
    short.faults(**{REFRESH: {"mode": "slow", "seconds": 1, "times": 1}})
    lines = [f"{n}: {v}" for n, v in
             {**SCRIPT, **header(visitor), "Host": site.url("").split("/")[2]
              }.items()]
    with socket.create_connection(("127.0.0.1", site.ports["PORT"])) as s:
        s.sendall(("GET / HTTP/1.1\r\n" + "\r\n".join(lines) +
                   "\r\n\r\n").encode())
        eventually(lambda: short.count(REFRESH) == 1)
    let_pass(1)
    assert token_of(visitor.get(site.url("/"))) not in ("", old)
    assert short.count(REFRESH) == 1


# --- not --------------------------------------------------------------------

def test_refused_refresh_ends_the_session(gateway, short, visitor, store):
    """AC-285: log in again, and no loop."""
    site = gateway(SITE, MORE=store)
    logged_in(site, visitor)
    let_pass(LIFE)
    short.faults(**{REFRESH: {"mode": "status", "status": 400,
                              "headers": {"Content-Type": "application/json"},
                              "body": '{"error":"invalid_grant"}'}})
    old = {**NAVIGATION, **header(visitor)}
    answer = visitor.get(site.url("/"))
    assert (answer.status, answer.reason) == (302, "")
    assert SESSION not in visitor.jar.names()
    assert send("GET", site.url("/"), old).status == 302
    assert short.count(REFRESH) == 1
    assert logged_in(site, visitor)


@pytest.mark.parametrize("word", ["interaction_required", "consent_required"])
def test_refresh_answered_with_a_word_about_the_user_logs_in_again(
        gateway, short, visitor, word):
    """A script is 401; the log says what the provider said."""
    site = gateway(SITE)
    logged_in(site, visitor)
    let_pass(LIFE)
    short.faults(**{REFRESH: {"mode": "status", "status": 400,
                              "headers": {"Content-Type": "application/json"},
                              "body": f'{{"error":"{word}"}}'}})
    answer = visitor.get(site.url("/"))
    assert (answer.status, answer.reason) == (302, "")
    assert word in site.said("session_ended")
    assert visitor.script(site.url("/")).status == 401
    assert logged_in(site, visitor)


def test_refused_refresh_of_a_script_is_401(gateway, short, visitor):
    """AC-285: the refresh token has expired."""
    short.settings(refresh_token_validity=5)
    site = gateway(SITE)
    logged_in(site, visitor)
    let_pass(10)
    answer = visitor.script(site.url("/"))
    assert (answer.status, answer.reason) == (401, "session_ended")


def test_refresh_failure_keeps_the_session_while_the_token_lives(
        gateway, short, visitor, store):
    """AC-286: on while the token lives, then 503, then on again."""
    site = gateway(SITE, MORE=store)
    old = logged_in(site, visitor)
    start = time.monotonic()
    short.listeners(domain=False)
    let_pass(10)
    assert token_of(visitor.get(site.url("/"))) == old
    let_pass(max(0, start + LIFE + 1 - time.monotonic()))
    for _ in range(3):
        answer = visitor.script(site.url("/"))
        assert answer.status == 503, answer
        assert int(answer.headers["Retry-After"]) > 0
    short.listeners(domain=True)
    answer = eventually(lambda: (a := visitor.get(site.url("/"))).status
                        == 200 and a, 15, 0.2)
    assert token_of(answer) not in ("", old)


@pytest.mark.parametrize("fault", [
    {"mode": "status", "status": 500}, {"mode": "status", "status": 429},
    {"mode": "garbage"}, {"mode": "cut"}])
def test_failed_refresh_is_not_retried_at_once(gateway, short, visitor, fault):
    """AC-286: a rest, and the session stays."""
    site = gateway(SITE, main=TWO_WORKERS)
    logged_in(site, visitor)
    let_pass(LIFE)
    short.faults(**{REFRESH: fault})
    answers = [visitor.script(site.url("/")) for _ in range(10)]
    assert {answer.status for answer in answers} == {503}
    assert short.count(REFRESH) == 1
    assert SESSION in visitor.jar.names()


def test_refresh_token_is_sent_once_on_a_connection_that_breaks(
        gateway, short, visitor):
    """AC-286: a connection that breaks may have spent it."""
    site = gateway(SITE)
    old = logged_in(site, visitor)
    let_pass(10)
    short.faults(**{REFRESH: {"mode": "reset"}})
    assert token_of(visitor.get(site.url("/"))) == old
    assert short.count(REFRESH) == 1


@pytest.mark.parametrize("claims", [
    {"sub": "somebody-else"}, {"aud": "another"}, {"nonce": "another"}])
def test_refresh_with_an_id_token_of_another_login_ends_the_session(
        gateway, short, visitor, claims):
    """AC-287."""
    site = gateway(SITE)
    logged_in(site, visitor)
    short.tamper(id={"claims": claims})
    let_pass(10)
    answer = visitor.script(site.url("/"))
    assert (answer.status, answer.reason) == (401, "session_ended")
    visitor.start(site.url("/"))
    assert SESSION not in visitor.jar.names()


def test_refreshed_claims_replace_the_old_ones(gateway, short, visitor):
    site = gateway(SITE)
    logged_in(site, visitor)
    short.tamper(id={"claims": {"email": "new@example.com"}})
    let_pass(10)
    assert visitor.get(site.url("/")).sent("X-Email") == ["new@example.com"]


def test_refreshed_claims_are_judged_by_the_rules(gateway, short, visitors):
    """AC-109: in the very request that brings them."""
    site = gateway(SITE, RULE="""
        auth_oidc_require_group staff;
        auth_oidc_require $oidc_claim_email;""")
    short.control("POST", "/users", {"username": "jane", "groups": ["staff"]})
    leaves, joins = visitors(), visitors()
    assert leaves.open(site.url("/")).status == 200
    short.control("POST", "/users", {"username": "jane", "groups": []})
    assert joins.open(site.url("/")).status == 403
    let_pass(10)
    answer = leaves.get(site.url("/"))
    assert (answer.status, answer.reason) == (403, "group_missing")
    short.control("POST", "/users", {"username": "jane", "groups": ["staff"]})
    assert joins.get(site.url("/")).status == 200
    assert short.count(REFRESH) == 2


def test_rotated_refresh_token_is_accepted_within_the_grace_period(
        gateway, short, visitor):
    """AC-406: a cookie of before the rotation, at an nginx that knows of
    none, goes on while the provider forgives, and ends cleanly after."""
    short.settings(retry_grace_period_seconds=60)
    site = gateway(SITE, MORE=COOKIE_STORE)
    old = logged_in(site, visitor)
    kept = dict(visitor.jar._kept)
    let_pass(LIFE)
    assert token_of(visitor.get(site.url("/"))) not in ("", old)
    for grace, status in ((60, 200), (0, 401)):
        short.settings(retry_grace_period_seconds=grace)
        assert site.stop() == []
        site.start()
        visitor.jar._kept = dict(kept)
        assert visitor.script(site.url("/")).status == status
    visitor.start(site.url("/"))
    assert SESSION not in visitor.jar.names()
    assert visitor.open(site.url("/")).status == 200


@pytest.mark.parametrize("life", ["0", "-5", "1"])
def test_odd_token_lifetimes_cause_no_refresh_storm(
        gateway, pool, visitor, life):
    """AC-290: at the login already."""
    pool.faults(**{"token": {"mode": "edit", "set": {"expires_in": int(life)}}})
    site = gateway(SITE)
    visitor.open(site.url("/"))
    let_pass(1)
    for _ in range(10):
        assert visitor.get(site.url("/")).status == 200
    assert pool.count(REFRESH) == 0


def test_refresh_off_sends_no_expired_token_upstream(
        gateway, short, visitor, store):
    """The login stands; the dead token is not sent on."""
    site = gateway(SITE, MORE=store + "refresh off;")
    assert logged_in(site, visitor)
    let_pass(LIFE)
    assert token_of(visitor.get(site.url("/"))) == ""
    assert short.count(REFRESH) == 0


def test_refresh_before_is_limited_to_half_of_the_lifetime(
        gateway, pool, visitor):
    """At most half of the token's life."""
    pool.settings(access_token_validity=24)
    site = gateway(SITE, MORE="refresh_before 1h;")
    logged_in(site, visitor)
    let_pass(10.5)
    assert visitor.get(site.url("/")).status == 200
    assert pool.count(REFRESH) == 0
    let_pass(2)
    assert visitor.get(site.url("/")).status == 200
    assert pool.count(REFRESH) == 1


# --- revoked ----------------------------------------------------------------

LOGOUT = "logout_uri /logout;"


def test_logout_revokes_the_refresh_token(gateway, pool, visitor, store):
    """RFC 7009 2.1."""
    site = gateway(SITE, MORE=store + LOGOUT)
    logged_in(site, visitor)
    answer = visitor.get(site.url("/logout"))
    assert answer.status == 302
    (call,) = pool.calls("revoke")
    assert call["status"] == 200
    assert call["form"]["token_type_hint"] == "refresh_token"
    assert SESSION not in visitor.jar.names()


def test_logout_without_revocation_makes_no_revoke_request(
        gateway, pool, visitor):
    site = gateway(SITE, MORE=LOGOUT + "logout_revoke off;")
    logged_in(site, visitor)
    visitor.get(site.url("/logout"))
    assert pool.count("revoke") == 0


@pytest.mark.parametrize("fault", [
    {"mode": "status", "status": 500}, {"mode": "reset"},
    {"mode": "slow", "seconds": 60}])
def test_failed_revocation_does_not_prevent_the_logout(
        gateway, pool, visitor, fault):
    """The user is logged out here, and goes on to the provider's logout."""
    site = gateway(SITE, MORE=LOGOUT + "timeout 1s; connect_timeout 1s;")
    logged_in(site, visitor)
    pool.faults(revoke=fault)
    answer = visitor.get(site.url("/logout"))
    assert answer.location.startswith(pool.domain_url + "/logout?")
    assert "client_id" in query_of(answer.location)
    assert pool.count("revoke") >= 1
    assert visitor.get(site.url("/")).status == 302


def test_revocation_endpoint_setting_is_used_without_metadata(
        gateway, pool, visitor):
    """Metadata of before 2024 does not name it."""
    pool.settings(discovery="pre_2024")
    site = gateway(SITE, MORE=LOGOUT +
                   "revocation_endpoint @DOMAIN@/oauth2/revoke;")
    logged_in(site, visitor)
    visitor.get(site.url("/logout"))
    assert pool.count("revoke") == 1
