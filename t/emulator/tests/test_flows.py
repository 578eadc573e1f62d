# SPDX-License-Identifier: Apache-2.0
"""The whole ways through the pool: people, machines, and out again."""

from browser import CALLBACK, CHALLENGE, HOME, VERIFIER, Browser, decode


def test_code_flow_with_pkce_nonce_and_state_returns_tokens(emulator):
    reply = emulator.authorize(auto_login="jane", nonce="n-1",
                               code_challenge=CHALLENGE,
                               code_challenge_method="S256")
    assert reply.status == 302
    assert reply.location.startswith(CALLBACK + "?code=")
    assert reply.query["state"] == "abc"
    tokens = emulator.exchange(reply.query["code"],
                               code_verifier=VERIFIER).json
    assert decode(tokens["id_token"])["nonce"] == "n-1"
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] == 3600
    assert set(tokens) == {"access_token", "id_token", "refresh_token",
                           "token_type", "expires_in"}


def test_refresh_keeps_the_refresh_token(emulator):
    tokens = emulator.login()
    for _ in range(2):
        again = emulator.refresh(tokens["refresh_token"]).json
        assert set(again) == {"access_token", "id_token", "token_type",
                              "expires_in"}
        old, new = (decode(t["id_token"]) for t in (tokens, again))
        assert new["auth_time"] == old["auth_time"]
        assert new["origin_jti"] == old["origin_jti"]
        assert new["jti"] != old["jti"]


def test_client_credentials_grant_returns_an_access_token(emulator):
    reply = emulator.machine_token(scope="kongresource/scope1")
    assert set(reply.json) == {"access_token", "expires_in", "token_type"}
    assert decode(reply.json["access_token"])["scope"] \
        == "kongresource/scope1"


def test_userinfo_returns_the_claims_of_the_user(emulator):
    found = emulator.userinfo(emulator.login()["access_token"]).json
    assert found["username"] == "jane"
    assert found["email_verified"] == "true"


def test_logout_ends_the_session(emulator):
    browser = Browser()
    emulator.code(browser)
    assert "cognito" in browser.cookies
    reply = browser.get(f"{emulator.domain}/logout?logout_uri={HOME}"
                        f"&client_id={emulator.confidential['id']}&state=x")
    assert (reply.status, reply.location) == (302, HOME)
    assert "cognito" not in browser.cookies
    reply = emulator.authorize(browser, prompt="none")
    assert reply.query == {"error": "login_required", "state": "abc"}


def test_user_signs_in_at_the_login_page(emulator):
    browser = Browser()
    page = emulator.authorize(browser)
    assert page.status == 200
    assert b"<form" in page.body and b"http" not in page.body.replace(
        b"http%3A%2F%2Flocalhost", b"")
    action = emulator.domain + "/login?" + emulator.authorize_url() \
        .partition("?")[2]
    form = {"_csrf": browser.cookies["XSRF-TOKEN"], "username": "jane",
            "password": "Correct-horse1"}
    reply = browser.call("POST", action, form)
    assert reply.status == 302
    assert emulator.exchange(reply.query["code"]).status == 200


def test_counters_count_by_kind(emulator):
    emulator.login()
    emulator.machine_token()
    assert emulator.counters() == {
        "authorize": 1, "login": 1, "token.authorization_code": 1,
        "token.client_credentials": 1}
