# SPDX-License-Identifier: Apache-2.0
"""userInfo, revoke and logout."""

from urllib.parse import urlencode

import pytest
from browser import CALLBACK, HOME, Browser, call

GONE = ('error="invalid_token", error_description="Access token is expired,'
        ' disabled, or deleted, or the user has globally signed out."')


def gone(reply) -> bool:
    return (reply.status, reply.body, reply.headers["WWW-Authenticate"]) \
        == (401, b"", GONE)


def revoke(emulator, client, **form):
    form = {"client_id": client["id"], **form}
    if client["secret"]:
        form["client_secret"] = client["secret"]
    return call("POST", emulator.domain + "/oauth2/revoke", urlencode(form), {
        "Content-Type": "application/x-www-form-urlencoded"})


def logout(emulator, **query):
    return call("GET", f"{emulator.domain}/logout?{urlencode(query)}")


def error_page(emulator, reply) -> str:
    assert reply.status == 302
    assert reply.location.startswith(emulator.domain + "/error?")
    page = call("GET", reply.location)
    assert page.status == 400
    return page.body.decode().replace("&#x27;", "'")


def test_userinfo_has_strings_only(emulator):
    found = emulator.userinfo(emulator.login()["access_token"]).json
    assert all(isinstance(value, str) for value in found.values())
    assert found["phone_number_verified"] == "false"
    assert found["custom:tenant"] == "blue"
    assert not {"iss", "aud", "cognito:groups", "cognito:username"} \
        & set(found)


def test_userinfo_follows_the_scopes(emulator):
    token = emulator.login(scope="openid email")["access_token"]
    assert set(emulator.userinfo(token).json) == {
        "sub", "email", "email_verified", "username"}


def test_userinfo_without_a_token_is_400(emulator):
    for headers in ({}, {"Authorization": "Basic eDp5"},
                    {"Authorization": "Bearer "}):
        reply = call("GET", emulator.domain + "/oauth2/userInfo",
                     headers=headers)
        assert (reply.status, reply.body) == (400, b"")
        assert not {"Content-Type", "Server"} & set(reply.headers)
        assert reply.headers["WWW-Authenticate"] == (
            'error="invalid_request", error_description="Bad OAuth2 request'
            ' at UserInfo Endpoint"')


def test_userinfo_refuses_anything_but_an_access_token(emulator):
    tokens = emulator.login()
    assert gone(emulator.userinfo("x"))
    assert gone(emulator.userinfo(tokens["id_token"]))
    assert gone(emulator.userinfo(emulator.control(
        "POST", "/issue", {"sign": "other"})["token"]))
    emulator.settings(clock_offset=3601)
    assert gone(emulator.userinfo(tokens["access_token"]))


def test_userinfo_needs_openid(emulator):
    token = emulator.login(
        scope="aws.cognito.signin.user.admin")["access_token"]
    reply = emulator.userinfo(token)
    assert reply.status == 401
    assert "openid" in reply.headers["WWW-Authenticate"]


def test_revoking_ends_the_whole_chain_and_no_other(emulator):
    mine, other = emulator.login(), emulator.login()
    again = emulator.refresh(mine["refresh_token"]).json
    for _ in range(2):  # the second time changes nothing
        reply = revoke(emulator, emulator.confidential,
                       token=mine["refresh_token"])
        assert (reply.status, reply.body) == (200, b"")
    assert gone(emulator.userinfo(mine["access_token"]))
    assert gone(emulator.userinfo(again["access_token"]))
    assert emulator.refresh(mine["refresh_token"]).status == 400
    assert emulator.userinfo(other["access_token"]).status == 200


def test_revoke_refuses_invalid_requests(emulator):
    client, tokens = emulator.confidential, emulator.login()

    def outcome(**form):
        reply = revoke(emulator, form.pop("client", client), **form)
        return reply.status, reply.json.get("error") if reply.body else None

    assert outcome() == (400, "invalid_request")
    assert outcome(token=tokens["access_token"]) \
        == (400, "unsupported_token_type")
    assert outcome(client={**client, "secret": "x"},
                   token=tokens["refresh_token"]) == (401, "invalid_client")
    assert outcome(token="unknown") == (200, None)
    emulator.control("POST", "/clients", {
        "id": client["id"], "enable_token_revocation": False})
    assert outcome(token=tokens["refresh_token"]) == (400, "invalid_request")


def test_logout_uri_must_be_registered(emulator):
    client_id = emulator.confidential["id"]
    good = logout(emulator, client_id=client_id, logout_uri=HOME,
                  redirect_uri=CALLBACK, response_type="code", state="x")
    assert (good.status, good.location) == (302, HOME)
    bad = logout(emulator, client_id=client_id, logout_uri=HOME + "x")
    assert "logout_uri" in error_page(emulator, bad)


def test_logout_with_redirect_uri_leads_to_the_login_page(emulator):
    reply = logout(emulator, client_id=emulator.confidential["id"],
                   redirect_uri=CALLBACK, response_type="code", state="s",
                   scope="openid")
    assert reply.location.startswith(emulator.domain + "/login?")
    assert reply.query["state"] == "s"
    assert call("GET", reply.location).status == 200


@pytest.mark.parametrize("with_client, missing", [
    (True, "redirect_uri"), (False, "client_id")])
def test_standard_logout_parameters_are_refused(emulator, with_client, missing):
    query = {"client_id": emulator.confidential["id"]} if with_client else {}
    reply = logout(emulator, post_logout_redirect_uri=HOME, **query)
    assert f"Required String parameter '{missing}' is not present" \
        in error_page(emulator, reply)


def test_logout_with_id_token_hint_alone_leads_to_the_login_page(emulator):
    reply = logout(emulator, id_token_hint="x", post_logout_redirect_uri=HOME)
    assert "/login?id_token_hint=x" in reply.location
    assert b"Missing required parameter client_id in request URL" \
        in call("GET", reply.location).body
    emulator.settings(login="classic")
    reply = logout(emulator, id_token_hint="x", post_logout_redirect_uri=HOME)
    assert "'client_id'" in error_page(emulator, reply)


def test_logout_by_get_clears_the_session_even_in_error(emulator):
    assert call("POST", emulator.domain + "/logout").status == 405
    browser = Browser()
    emulator.code(browser)
    kept = dict(browser.cookies)
    browser.get(f"{emulator.domain}/logout?post_logout_redirect_uri=x")
    browser.cookies = kept
    assert "error" in emulator.authorize(browser, prompt="none").query


def test_logout_does_not_revoke(emulator):
    browser = Browser()
    tokens = emulator.exchange(emulator.code(browser)).json
    browser.get(f"{emulator.domain}/logout?logout_uri={HOME}"
                f"&client_id={emulator.confidential['id']}")
    assert emulator.refresh(tokens["refresh_token"]).status == 200
