# SPDX-License-Identifier: Apache-2.0
"""auth_oidc_sessions: an administrator lists and ends sessions, and denies."""

import json
import time
from urllib.parse import urlencode

import pytest

from gateway import eventually, let_pass
from sites import COOKIE_STORE
from visitor import FORM, NAVIGATION, basic, bearer, send
from wire import Wire, once, request

SITE = """
    oidc_provider cognito { @PROVIDER@ allowed_clients any; @MORE@ }
    server {
        listen 127.0.0.1:@PORT@;
        location / {
            auth_oidc cognito;
            auth_oidc_methods session authorization_code bearer
                              client_credentials;
            proxy_pass http://@UPSTREAM@;
        }
        location = /sessions { auth_oidc_sessions; @GUARD@ }
    }
"""
OPEN = "allow 127.0.0.1; deny all;"
TWO = "worker_processes 2;"
JSON = {"Content-Type": "application/json"}
SUB = "sub-of-jane"
# The record is gone at the second look.
ENDED = {(401, "session_ended"), (401, "session_expired")}


@pytest.fixture
def site(gateway, store):
    return gateway(SITE, TWO, MORE=store, GUARD=OPEN)


def ask(site, method="GET", **query):
    return send(method, site.url("/sessions?" + urlencode(query)))


def denial(kind="sub", value=SUB, provider="cognito", seconds=60):
    until = int(time.time()) + seconds if seconds else 0
    return {"kind": kind, "value": value, "provider": provider,
            "until": until}


def deny(site, **what):
    answer = send("POST", site.url("/sessions"), JSON,
                  json.dumps(denial(**what)))
    assert answer.status == 200, answer
    return answer.json["providers"]


def statuses(site, headers):
    """Of a program, on whichever worker."""
    return {(answer.status, answer.reason) for answer in
            (send("GET", site.url("/"), headers) for _ in range(12))}


def cookies_of(visitor):
    return {"Cookie": visitor.jar.header("127.0.0.1", "/", False)}


def logged_in(site, pool, visitor, sub=SUB):
    pool.tamper(id={"claims": {"sub": sub, "sid": "sid-1"}})
    assert visitor.open(site.url("/")).status == 200
    return visitor


# --- who may use it -----------------------------------------------------------

GUARDS = {
    "": 403, "satisfy any;": 403, "auth_basic off;": 403,
    "auth_oidc cognito; auth_oidc_unauthenticated pass;": 403,
    "deny all;": 403, "auth_oidc cognito;": 401,
    "auth_request /no;": 403, "auth_request /yes;": 200, OPEN: 200,
}


@pytest.mark.parametrize("guard", GUARDS)
def test_sessions_are_only_for_those_whom_a_rule_lets_in(gateway, guard):
    site = gateway(SITE.replace("location = /s", """
        location /yes { return 204; }
        location /no { return 403; }
        location = /s"""), GUARD=guard)
    site.may_say = "access forbidden"
    answer = ask(site, sub="x")
    assert answer.status == GUARDS[guard], answer
    says_why = "auth_oidc_sessions: nothing says who may" in site.log()
    assert says_why == (answer.status == 403 and "deny" not in guard
                        and "/no" not in guard)


def test_sessions_are_not_for_anybody_with_an_account(gateway, visitor, pool):
    """A rule says who is an administrator."""
    pool.settings(auto_login="jane")
    site = gateway(SITE.replace("@GUARD@", "auth_oidc cognito;").replace(
        "location = /s", """location = /ruled {
            auth_oidc cognito; auth_oidc_sessions;
            auth_oidc_require_claim email jane@example.com; }
        location = /s"""))
    logged_in(site, pool, visitor)
    assert visitor.script(site.url("/sessions?sub=x")).status == 403
    assert visitor.script(site.url("/ruled?sub=x")).status == 200


def test_sessions_conflict_with_another_content_handler(refused):
    refused(SITE.replace("@GUARD@", "auth_oidc_status;").replace(
        "@MORE@", ""), "conflicts with another content handler")


def test_orders_by_another_sites_page_are_refused(site, pool, visitor):
    """AC-454."""
    logged_in(site, pool, visitor)
    body = json.dumps(denial())
    form = urlencode(denial())
    own = f"http://127.0.0.1:{site.port}"
    url = site.url("/sessions")
    for alien in ({"Sec-Fetch-Site": "cross-site"},
                  {"Sec-Fetch-Site": "same-site"},
                  {"Origin": "http://evil.example"}, {"Origin": "null"}):
        assert send("DELETE", f"{url}?sub={SUB}", alien).status == 403
        assert send("GET", f"{url}?sub={SUB}", alien).status == 403
        assert send("POST", url, {**JSON, **alien}, body).status == 403
    for browser in ({"Origin": own}, cookies_of(visitor),
                    {**NAVIGATION, "Sec-Fetch-Site": "same-origin"}):
        assert send("POST", url, {"Content-Type": FORM, **browser},
                    form).status == 403
    assert send("POST", url, {"Content-Type": "text/plain"},
                body).status == 415
    preflight = send("OPTIONS", url, {
        "Origin": "http://evil.example",
        "Access-Control-Request-Method": "DELETE"})
    assert preflight.status == 403
    assert "Access-Control-Allow-Origin" not in preflight.headers
    assert statuses(site, cookies_of(visitor)) == {(200, "")}
    assert send("POST", url, {"Content-Type": FORM}, form).status == 200
    assert statuses(site, cookies_of(visitor)) == {(403, "denied")}


def test_malformed_orders_name_what_is_wrong(site):
    """AC-455."""
    answer = send("PUT", site.url("/sessions"))
    assert (answer.status, answer.headers["Allow"]) == \
        (405, "GET, DELETE, POST")
    answer = ask(site, "DELETE", sub="x", provder="cognito")
    assert answer.status == 400
    assert answer.json == {"error": "invalid_request",
                           "message": 'unknown parameter "provder"'}
    assert answer.headers["Cache-Control"] == "no-store"
    for what in ({"provider": "other"}, {"kind": "email"}, {"seconds": -9}):
        answer = send("POST", site.url("/sessions"), JSON,
                      json.dumps(denial(**what)))
        assert answer.status == (404 if "provider" in what else 400)
        assert answer.json["message"]
    assert ask(site, sub="x", provider="other").status == 404


def test_order_beyond_the_body_limit_is_413(site):
    head = ["Content-Type: application/json"]
    assert once(site.port, "/sessions", "POST", head,
                b" " * (16 * 1024 + 1)).status == 413
    text = json.dumps(denial()).encode()
    with Wire(site.port) as wire:
        wire.send(request("/sessions", "POST", [
            *head, f"Content-Length: {len(text)}"]) + text[:9])
        assert wire.ask(text[9:], "POST").status == 200


# --- to list and to end -------------------------------------------------------

def test_sessions_of_a_subject_are_listed(gateway, pool, visitors):
    site = gateway(SITE, TWO, GUARD=OPEN)
    [known] = ask(site, sub=SUB).json["providers"]
    assert known == {"provider": "cognito", "sessions": []}
    one, two = (logged_in(site, pool, visitors()) for _ in range(2))
    logged_in(site, pool, visitors(), "another")
    answer = ask(site, sub=SUB, provider="cognito")
    [known] = answer.json["providers"]
    ids = {session["id"] for session in known["sessions"]}
    assert len(ids) == 2
    for session in known["sessions"]:
        assert session.keys() == {"id", "begun", "last_used", "expires"}
        assert session["begun"] <= session["last_used"]
        assert session["begun"] + 8 * 3600 == session["expires"]
        assert 0 <= time.time() - session["begun"] < 120
    for secret in (one.session, two.session, *pool.secrets()):
        assert secret not in answer.text


def test_one_session_is_ended_by_its_id(gateway, pool, visitors):
    site = gateway(SITE, TWO, GUARD=OPEN)
    browsers = [logged_in(site, pool, visitors()) for _ in range(2)]
    [known] = ask(site, sub=SUB).json["providers"]
    name = known["sessions"][0]["id"]
    assert ask(site, "DELETE", id=name).json["providers"] == [
        {"provider": "cognito", "id": name, "ended": 1}]
    assert ask(site, "DELETE", id=name).json["providers"][0]["ended"] == 0
    found = [statuses(site, cookies_of(one)) for one in browsers]
    assert sorted(found, key=str) == [{(200, "")}, {(401, "session_expired")}]


def test_sessions_of_a_subject_are_ended_on_all_workers(
        site, store, visitors, pool):
    """AC-453."""
    browsers = [logged_in(site, pool, visitors()) for _ in range(2)]
    other = logged_in(site, pool, visitors(), "another")
    assert statuses(site, cookies_of(browsers[0])) == {(200, "")}
    [answer] = ask(site, "DELETE", sub=SUB).json["providers"]
    assert answer == {"provider": "cognito", "sub": SUB,
                      "ended": None if store else 2}
    for one in browsers:
        assert statuses(site, cookies_of(one)) <= ENDED
    assert statuses(site, cookies_of(other)) == {(200, "")}
    assert site.log().count('auth_oidc_sessions: sessions ended: '
                            '{"provider":"cognito","sub":"sub-of-jane"') == 1
    let_pass(1)
    browsers[0].jar.clear()
    logged_in(site, pool, browsers[0])  # and is let in again


def test_sessions_of_the_providers_session_are_ended(site, pool, visitor):
    logged_in(site, pool, visitor)
    assert ask(site, "DELETE", sid="sid-2").status == 200
    assert statuses(site, cookies_of(visitor)) == {(200, "")}
    assert ask(site, "DELETE", sid="sid-1").json["providers"][0] == {
        "provider": "cognito", "sid": "sid-1", "ended": None}
    assert statuses(site, cookies_of(visitor)) <= ENDED


# --- to deny ------------------------------------------------------------------

def token_of_jane(pool, **claims):
    now = int(time.time())
    return pool.issue(kind="access", payload=json.dumps({
        "iss": pool.issuer, "sub": SUB, "client_id": pool.client()["id"],
        "token_use": "access", "scope": "openid", "iat": now,
        "exp": now + 600, "jti": "jti-1", "origin_jti": "origin-1",
        **claims}))


def test_denied_sub_is_refused_with_session_and_token(site, pool, visitors):
    """AC-451, AC-452: both known to each worker."""
    visitor = logged_in(site, pool, visitors())
    token = bearer(token_of_jane(pool))
    other = bearer(token_of_jane(pool, sub="another"))
    for known in (cookies_of(visitor), token, other):
        assert statuses(site, known) == {(200, "")}
    assert deny(site) == [{"provider": "cognito", "kind": "sub", "value": SUB,
                           "denied_until": pytest.approx(
                               time.time() + 60, abs=30)}]
    assert statuses(site, cookies_of(visitor)) == {(403, "denied")}
    assert statuses(site, token) == {(403, "denied")}
    assert statuses(site, other) == {(200, "")}
    site.reload()
    assert statuses(site, token) == {(403, "denied")}
    # Another login does not help, and does not lead round in circles.
    pool.tamper(id={"claims": {"sub": SUB}})
    answer = visitors().open(site.url("/"))
    assert (answer.status, answer.reason) == (403, "denied")
    assert len(answer.history) < 9
    deny(site, seconds=0)
    for known in (cookies_of(visitor), token):
        assert statuses(site, known) == {(200, "")}
    said = site.log()
    assert 'auth_oidc_sessions: denied: {"provider":"cognito"' in said
    assert "auth_oidc_sessions: denial undone: " in said


@pytest.mark.parametrize("kind, value", [
    ("jti", "jti-1"), ("origin_jti", "origin-1"), ("sid", "sid-9")])
def test_denied_token_is_refused(gateway, pool, kind, value):
    """AC-452."""
    site = gateway(SITE, TWO, GUARD=OPEN)
    token = bearer(token_of_jane(pool, sid="sid-9"))
    other = bearer(token_of_jane(pool, jti="jti-2", origin_jti="origin-2"))
    assert statuses(site, token) == statuses(site, other) == {(200, "")}
    deny(site, kind=kind, value=value)
    assert statuses(site, token) == {(401, "token_denied")}
    assert statuses(site, other) == {(200, "")}
    answer = send("GET", site.url("/"), token)
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_denied_client_is_refused_with_basic_and_token(gateway, pool):
    """AC-452: whether it was bought or is shown."""
    site = gateway(SITE, TWO, GUARD=OPEN)
    client = pool.client("machine")
    machine = basic(client["id"], client["secret"])
    token = bearer(token_of_jane(pool, client_id=client["id"]))
    assert statuses(site, machine) == statuses(site, token) == {(200, "")}
    deny(site, kind="client_id", value=client["id"])
    assert statuses(site, machine) == statuses(site, token) == \
        {(403, "denied")}
    deny(site, kind="client_id", value=client["id"], seconds=0)
    assert statuses(site, machine) == {(200, "")}


def test_denial_ends_with_its_time(gateway, pool):
    site = gateway(SITE, GUARD=OPEN)
    token = bearer(token_of_jane(pool))
    deny(site, seconds=2)
    assert statuses(site, token) == {(403, "denied")}
    eventually(lambda: send("GET", site.url("/"), token).status == 200)


def test_control_characters_of_an_order_are_escaped_in_the_log(site):
    deny(site, value="a\r\nb\x1b[0m\x7f\x9b")
    [line] = [line for line in site.log().splitlines()
              if "auth_oidc_sessions: denied" in line]
    assert r"a\u000d\u000ab\u001b[0m\u007f\xc2\x9b" in line, line


def test_full_list_of_denials_refuses_another(gateway, pool):
    """And nobody who is denied is forgotten."""
    site = gateway("oidc_cache_zone 512k;" + SITE, GUARD=OPEN)
    token = bearer(token_of_jane(pool))
    deny(site)
    text = json.dumps(denial())
    for number in range(3000):
        answer = send("POST", site.url("/sessions"), JSON,
                      text.replace(SUB, f"user-{number}"))
        if answer.status != 200:
            break
    assert answer.status == 507
    assert answer.json["providers"][0]["error"] == "store_failed"
    assert statuses(site, token) == {(403, "denied")}
    deny(site, seconds=90)  # one that is there may change


def test_denial_does_not_reach_the_same_name_at_another_provider(
        gateway, pool):
    second = """oidc_provider second { @PROVIDER@ allowed_clients any;
                                       cookie_name OTHER; }"""
    site = gateway(second + SITE.replace("location = /s", """
        location /second/ { auth_oidc second; proxy_pass http://@UPSTREAM@; }
        location = /s"""), GUARD=OPEN)
    token = bearer(token_of_jane(pool))
    deny(site, provider="second")
    assert statuses(site, token) == {(200, "")}
    assert send("GET", site.url("/second/"), token).status == 403
    assert [one["provider"] for one in
            ask(site, sub=SUB).json["providers"]] == ["second", "cognito"]
