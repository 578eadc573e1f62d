# SPDX-License-Identifier: Apache-2.0
"""/oauth2/authorize: parameters, errors, state, prompt, sessions."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from browser import CALLBACK, CHALLENGE, Browser, call, decode


@pytest.mark.parametrize("changes, word", [
    ({"client_id": None}, "client_id"),
    ({"client_id": "unknown"}, "Client does not exist"),
    ({"redirect_uri": None}, "redirect_uri"),
    ({"redirect_uri": CALLBACK + "/"}, "redirect_mismatch"),
    ({"redirect_uri": "http://localhost:8081/oidc_callback"},
     "redirect_mismatch"),
])
def test_authorize_does_not_redirect_to_an_unknown_uri(emulator, changes, word):
    reply = emulator.authorize(auto_login="jane", **changes)
    assert reply.status == 400
    assert "Location" not in reply.headers
    assert word in reply.body.decode().replace("&#x27;", "'")


@pytest.mark.parametrize("changes, error", [
    ({"response_type": None}, "invalid_request"),
    ({"response_type": "code id_token"}, "invalid_request"),
    ({"code_challenge": CHALLENGE}, "invalid_request"),
    ({"code_challenge": CHALLENGE, "code_challenge_method": "plain"},
     "invalid_request"),
    ({"resource": "http://example.com/"}, "invalid_request"),
    ({"resource": "no-url"}, "invalid_request"),
    ({"scope": "openid offline_access"}, "invalid_request"),
    ({"scope": "email"}, "invalid_request"),
    ({"prompt": "none"}, "login_required"),
])
def test_authorize_errors_are_sent_to_the_client_with_state(
        emulator, changes, error):
    reply = emulator.authorize(**changes)
    assert reply.status == 302
    assert reply.location.startswith(CALLBACK + "?error=")
    assert reply.query["error"] == error
    assert reply.query["state"] == "abc"


def test_implicit_flow_not_allowed_is_refused(emulator):
    reply = emulator.authorize(response_type="token")
    assert reply.location == f"{CALLBACK}#error=unauthorized_client&state=abc"


def test_authorize_errors_may_lack_state(emulator):
    emulator.settings(error_state=False)
    assert emulator.authorize(prompt="none").query \
        == {"error": "login_required"}


def test_invalid_scope_error_has_both_forms(emulator):
    assert emulator.authorize(scope="openid x").query["error_description"] \
        == "invalid_scope"
    emulator.settings(scope_error="documented")
    assert emulator.authorize(scope="openid x").query \
        == {"error": "invalid_scope", "state": "abc"}


def test_authorize_without_scope_grants_all_scopes(emulator):
    scope = decode(emulator.login(scope=None)["access_token"])["scope"]
    assert scope.split() == emulator.confidential["allowed_oauth_scopes"]


def test_scope_no_longer_allowed_is_dropped(emulator):
    emulator.control("POST", "/resource_servers",
                     {"identifier": "kongresource", "scopes": ["scope1"]})
    tokens = emulator.login(
        scope="openid kongresource/scope1 kongresource/scope2")
    assert decode(tokens["access_token"])["scope"] \
        == "openid kongresource/scope1"
    assert "scope" not in tokens


def test_redirect_to_login_sets_cookies(emulator):
    browser = Browser()
    reply = browser.get(emulator.authorize_url(auto_login="jane"))
    assert reply.status == 302
    assert reply.location.startswith(emulator.domain + "/login?")
    assert "XSRF-TOKEN" in browser.cookies
    assert "cognito" not in browser.cookies
    code = browser.get(reply.location).query["code"]
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", code)
    assert "cognito" in browser.cookies


def test_auto_login_setting_logs_in_the_user(emulator):
    emulator.settings(auto_login="john")
    tokens = emulator.exchange(emulator.authorize().query["code"]).json
    assert decode(tokens["access_token"])["username"] == "john"


def test_authorize_is_get_only(emulator):
    assert call("POST", emulator.authorize_url()).status == 405


@pytest.mark.parametrize("sent, echoed", [
    ("abc-_123", "abc-_123"),
    ("/a?b=c&d", "/a?b=c&d"),
    ("a%2Fb", "a%2Fb"),
    ("a b#c", "a%20b%23c"),
])
def test_state_is_decoded_once_and_not_encoded_again(emulator, sent, echoed):
    reply = emulator.authorize(auto_login="jane", state=sent)
    assert reply.location.partition("&state=")[2] == echoed


@pytest.mark.parametrize("sent", ["100%", "%zz", "a%2"])
def test_state_with_a_broken_percent_escape_is_400(emulator, sent):
    assert emulator.authorize(auto_login="jane", state=sent).status == 400
    bare = emulator.authorize_url(state=None, auto_login="jane")
    assert call("GET", f"{bare}&state={sent}").status == 400


def test_single_sign_on_lasts_an_hour(emulator):
    browser = Browser()
    emulator.code(browser)
    for offset, word in ((0, "code"), (3500, "code"), (3700, "error")):
        emulator.settings(clock_offset=offset)
        assert word in emulator.authorize(browser, prompt="none").query


def test_single_sign_on_is_shared_by_clients(emulator):
    browser = Browser()
    emulator.code(browser)
    reply = browser.get(emulator.authorize_url(
        client_id=emulator.public["id"]))
    tokens = emulator.exchange(reply.query["code"], emulator.public).json
    assert decode(tokens["id_token"])["aud"] == emulator.public["id"]


def test_prompt_login_shows_the_login_page_again(emulator):
    browser = Browser()
    emulator.code(browser)
    assert emulator.authorize(browser).status == 302
    assert emulator.authorize(browser, prompt="login").status == 200


def test_classic_pages_ignore_prompt_and_resource(emulator):
    emulator.settings(login="classic")
    assert emulator.authorize(prompt="none").status == 200
    tokens = emulator.login(resource="https://api.example.com")
    assert "aud" not in decode(tokens["access_token"])


@pytest.mark.parametrize("resource", [
    "https://api.example.com/v1", "http://localhost:3000/", "app://x"])
def test_resource_becomes_the_audience(emulator, resource):
    tokens = emulator.login(resource=resource)
    assert decode(tokens["access_token"])["aud"] == resource
    again = emulator.refresh(tokens["refresh_token"]).json
    assert decode(again["access_token"])["aud"] == resource


def test_implicit_flow_answers_in_the_fragment(emulator):
    reply = emulator.authorize(auto_login="jane", response_type="token",
                               client_id=emulator.public["id"])
    parts = urlsplit(reply.location)
    assert parts.query == ""
    found = parse_qs(parts.fragment)
    assert set(found) == {"id_token", "access_token", "expires_in",
                          "token_type", "state"}
