# SPDX-License-Identifier: Apache-2.0
"""The control API: clients, users, keys, tampering, the log."""

import json

import pytest
from browser import CALLBACK, HOME, Browser, call, decode, raw_part
from test_discovery import jwks
from test_tokens import verify


def refused(emulator, path: str, body) -> str:
    reply = call("POST", emulator.ready["control_url"] + path,
                 json.dumps(body))
    assert reply.status == 400
    return reply.json["error"]


def test_callback_urls_are_added(emulator):
    url = "http://127.0.0.1:12345/cb"
    client = emulator.control("POST", "/clients", {
        "id": emulator.confidential["id"], "add_callback_urls": [url],
        "add_logout_urls": [url]})
    assert client["callback_urls"] == [CALLBACK, url]
    assert client["logout_urls"] == [HOME, url]
    assert client["secret"] == emulator.confidential["secret"]
    code = emulator.code(redirect_uri=url)
    assert emulator.exchange(code, redirect_uri=url).status == 200


def test_clients_are_created(emulator):
    client = emulator.control("POST", "/clients", {"name": "new"})
    assert len(client["id"]) == 26 and len(client["secret"]) == 51
    public = emulator.control("POST", "/clients", {"secret": None})
    assert public["secret"] is None


@pytest.mark.parametrize("url", [
    "http://example.com/cb", "/cb", "https://example.com/#x",
    "http://localhost:*/cb"])
def test_callback_urls_that_cognito_refuses_are_refused(emulator, url):
    assert "url" in refused(emulator, "/clients", {"callback_urls": [url]})


def test_users_are_created_changed_and_removed(emulator):
    user = emulator.control("POST", "/users", {
        "username": "kim", "password": "x", "groups": ["a/b"]})
    assert len(user["attributes"]["sub"]) == 36
    user = emulator.control("POST", "/users", {
        "username": "kim", "attributes": {"email": "kim@example.com"}})
    assert user["groups"] == ["a/b"]
    code = emulator.authorize(auto_login="kim@example.com").query["code"]
    claims = decode(emulator.exchange(code).json["id_token"])
    assert claims["sub"] == user["attributes"]["sub"]
    emulator.control("DELETE", "/users/kim")
    assert emulator.authorize(auto_login="kim").status == 400


@pytest.mark.parametrize("path, body", [
    ("/clients", {"colour": "red"}), ("/users", {}), ("/settings", {"x": 1}),
    ("/settings", {"rotation": "yes"}), ("/settings", {"login": "modern"}),
    ("/settings", {"auto_login": "nobody"}), ("/faults", {"jwks": {}}),
    ("/faults", {"jwks": {"mode": "magic"}}), ("/keys", {"action": "melt"}),
    ("/keys", {"action": "remove", "kid": "x"}), ("/tamper", {"xx": {}}),
    ("/faults", {"jwks": {"mode": "slow", "seconds": "1"}}),
    ("/issue", {"sign": "badly"}), ("/issue", {"kind": "x"}),
    ("/reset", {"everything": True}), ("/listeners", {"control": False}),
    ("/issue", []),
])
def test_unknown_control_request_is_refused(emulator, path, body):
    assert refused(emulator, path, body)


def test_rotated_keys_sign_and_old_ones_stay_published(emulator):
    before = [key["kid"] for key in jwks(emulator)]
    old = emulator.login()
    now = emulator.control("POST", "/keys", {"action": "rotate"})
    assert set(before) < set(now["published"]) and len(now["published"]) == 4
    assert verify(emulator, emulator.login()["id_token"]) == now["id"]
    assert verify(emulator, old["id_token"]) in before
    now = emulator.control("POST", "/keys", {
        "action": "rotate", "which": "access", "keep_old": False,
        "publish": False})
    assert now["access"] not in now["published"]
    emulator.control("POST", "/keys",
                     {"action": "publish", "kid": now["access"]})
    verify(emulator, emulator.login()["access_token"])
    emulator.control("POST", "/reset", {"keys": True})
    assert len(jwks(emulator)) == 2


def test_keys_are_added_and_removed(emulator):
    odd = {"kty": "oct", "k": "eA", "kid": "odd"}
    emulator.control("POST", "/keys", {"action": "add", "jwk": odd})
    now = emulator.control("POST", "/keys", {"action": "add"})
    assert odd in jwks(emulator) and len(now["published"]) == 4
    now = emulator.control("POST", "/keys",
                           {"action": "remove", "kid": now["id"]})
    assert now["id"] not in now["published"]
    emulator.control("POST", "/reset", {"keys": True})


def test_tamper_changes_the_next_tokens_only(emulator):
    emulator.control("POST", "/tamper", {
        "id": {"claims": {"aud": ["a", "b"]}, "remove": ["nonce"],
               "shift": {"exp": -7200}, "header": {"typ": "JWT"}},
        "times": 1})
    tokens = emulator.login(nonce="n")
    claims = decode(tokens["id_token"])
    assert claims["aud"] == ["a", "b"] and "nonce" not in claims
    assert claims["exp"] - claims["iat"] == -3600
    assert decode(tokens["id_token"], 0)["typ"] == "JWT"
    verify(emulator, tokens["id_token"])
    assert decode(emulator.login(nonce="n")["id_token"])["nonce"] == "n"


def test_tamper_without_times_lasts_until_removed(emulator):
    emulator.control("POST", "/tamper",
                     {"m2m": {"claims": {"iss": "x"}}, "times": None})
    for _ in range(3):
        token = emulator.machine_token().json["access_token"]
        assert decode(token)["iss"] == "x"
    emulator.control("POST", "/tamper", {})
    token = emulator.machine_token().json["access_token"]
    assert decode(token)["iss"] == emulator.issuer


def test_issue_makes_tokens_on_request(emulator):
    def issue(**wanted):
        return emulator.control("POST", "/issue", wanted)["token"]

    access = issue(username="john", scope="openid x/y", expires_in=60)
    verify(emulator, access)
    assert decode(access)["scope"] == "openid x/y"
    assert emulator.userinfo(access).json["username"] == "john"
    verify(emulator, issue(kind="id", nonce="n"))
    machine = issue(kind="m2m", client_id=emulator.machine["id"],
                    claims={"aud": "x"}, remove=["scope"])
    assert decode(machine)["aud"] == "x" and "scope" not in decode(machine)
    unsigned = issue(sign="none")
    assert decode(unsigned, 0)["alg"] == "none" and unsigned.endswith(".")
    assert decode(issue(sign="hs256"), 0)["alg"] == "HS256"
    assert decode(issue(sign="swapped"), 0)["kid"] \
        == emulator.control("GET", "/keys")["id"]
    raw = issue(payload='{"a":1,"a":2}')
    assert raw_part(raw, 1) == b'{"a":1,"a":2}'


def test_control_log_records_requests(emulator):
    emulator.machine_token(scope="kongresource/scope1")
    entry, = emulator.control("GET", "/log?kind=token")
    assert entry["kind"] == "token.client_credentials"
    assert entry["basic"] == [emulator.machine["id"],
                              emulator.machine["secret"]]
    assert entry["body"] == ("grant_type=client_credentials"
                             "&scope=kongresource%2Fscope1")
    assert entry["form"]["scope"] == "kongresource/scope1"
    assert entry["headers"]["host"] in emulator.domain
    assert entry["status"] == 200
    emulator.authorize(Browser(), prompt="none", state="a%20b")
    since = entry["seq"]
    entry, = emulator.control("GET", f"/log?since={since}")
    assert entry["query"]["state"] == "a%20b"
    assert "state=a%2520b" in entry["query_string"]
    assert entry["location"].startswith(CALLBACK)


def test_control_secrets_lists_all_secrets(emulator):
    code = emulator.code()
    tokens = emulator.exchange(code).json
    found = emulator.control("GET", "/secrets")
    assert {code, tokens["id_token"], tokens["access_token"]} \
        <= set(found["issued"])
    assert tokens["refresh_token"] in found["refresh_tokens"]
    assert "Correct-horse1" in found["passwords"]


def test_reset_restores_the_initial_state(emulator):
    tokens = emulator.login()
    emulator.settings(rotation=True)
    emulator.control("POST", "/reset")
    assert emulator.counters() == {}
    assert emulator.control("GET", "/settings")["rotation"] is True
    assert emulator.refresh(tokens["refresh_token"]).status == 200
    emulator.control("POST", "/reset", {"all": True})
    assert emulator.control("GET", "/settings")["rotation"] is False
    assert emulator.refresh(tokens["refresh_token"]).status == 400
