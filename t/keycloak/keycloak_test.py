# SPDX-License-Identifier: Apache-2.0
"""The module with Keycloak: people, machines, tokens."""

import html
import re
from urllib.parse import urlencode, urljoin

import pytest

import keycloak
from gateway import eventually, let_pass
from visitor import FORM, NAVIGATION, SESSION, basic, bearer, query_of, send


def log_in(visitor, url, name="jane", password=keycloak.JANE):
    """Through Keycloak's form."""
    page = visitor.open(url)
    action = html.unescape(re.search(r'action="([^"]+)"', page.text)[1])
    answer = visitor.call(
        "POST", action, {**NAVIGATION, "Content-Type": FORM},
        urlencode({"username": name, "password": password}))
    while answer.status in (301, 302, 303):
        answer = visitor.get(urljoin(answer.url, answer.location))
    return answer


# --- people ------------------------------------------------------------------

def test_login_by_the_form(base, visitor):
    answer = log_in(visitor, f"{base}/deep?a=b%20c")
    assert (answer.status, answer.url) == (200, f"{base}/deep?a=b%20c")
    assert answer.sent("X-User") == ["jane"]
    assert answer.sent("X-Email") == ["jane@example.com"]


def test_wrong_password_is_keycloaks_own_page(base, visitor):
    answer = log_in(visitor, f"{base}/", password="wrong")
    assert answer.url.startswith(f"http://{keycloak.HOST}")
    assert SESSION not in visitor.jar.names()


def test_session_at_keycloak_shows_no_page(base, visitor):
    log_in(visitor, f"{base}/")
    visitor.jar.take("127.0.0.1", False, [f"{SESSION}=; Max-Age=0; Path=/"])
    answer = visitor.open(f"{base}/again")
    assert (answer.status, answer.url) == (200, f"{base}/again")
    assert any("/realms/test" in step.location for step in answer.history)


def test_tokens_are_refreshed_with_rotation(base, visitor):
    """Keycloak revokes a refresh token that was used."""
    first = log_in(visitor, f"{base}/").sent("Authorization")
    seen = {first[0]}
    for _ in range(2):
        let_pass(keycloak.LIFE / 2 + 1)
        answer = visitor.get(f"{base}/")
        assert answer.status == 200
        seen.add(answer.sent("Authorization")[0])
    assert len(seen) == 3


def test_logout_here_ends_the_session_at_keycloak(base, visitor):
    log_in(visitor, f"{base}/")
    answer = visitor.open(f"{base}/logout")
    assert (answer.status, answer.text) == (200, "bye")
    page = visitor.open(f"{base}/")
    assert page.url.startswith(f"http://{keycloak.HOST}")
    assert "password" in page.text, "Keycloak asks again"


def test_logout_at_keycloak_ends_the_session_here(base, provider, visitor):
    """By the back channel, which Keycloak calls."""
    log_in(visitor, f"{base}/")
    let_pass(1)
    provider.log_out_everywhere()
    eventually(lambda: visitor.script(f"{base}/").status == 401)


def test_bystander_of_a_back_channel_logout_stays(
        base, provider, visitor, visitors):
    john = visitors()
    log_in(john, f"{base}/", "john")
    log_in(visitor, f"{base}/")
    let_pass(1)
    provider.log_out_everywhere("jane")
    eventually(lambda: visitor.script(f"{base}/").status == 401)
    assert john.get(f"{base}/").status == 200


def test_prompt_none_without_a_session_is_refused_with_its_word(
        base, site, visitor):
    location = visitor.start(f"{base}/")
    answer = visitor.get(location + "&prompt=none")
    answer = visitor.get(urljoin(answer.url, answer.location))
    assert (answer.status, answer.reason) == (400, "provider_refused")


@pytest.mark.parametrize("mode", ["query.jwt", "jwt"])
def test_jarm_is_refused(base, visitor, mode):
    """A signed response is no login, and its JWT is no bearer token."""
    location = visitor.start(f"{base}/")
    page = visitor.open(location + f"&response_mode={mode}")
    action = html.unescape(re.search(r'action="([^"]+)"', page.text)[1])
    answer = visitor.call(
        "POST", action, {**NAVIGATION, "Content-Type": FORM},
        urlencode({"username": "jane", "password": keycloak.JANE}))
    response = query_of(answer.location)["response"]
    assert visitor.get(answer.location).status == 400
    assert SESSION not in visitor.jar.names()
    refused = send("GET", f"{base}/api/", bearer(response))
    assert refused.status == 401


# --- tokens ------------------------------------------------------------------

def test_access_token_is_accepted_as_bearer(base, provider):
    token = provider.of_user()["access_token"]
    answer = send("GET", f"{base}/api/", bearer(token))
    assert answer.status == 200
    assert answer.sent("X-User") == ["jane"]


@pytest.mark.parametrize("kind", ["id_token", "refresh_token"])
def test_other_tokens_are_no_bearer_tokens(base, provider, kind):
    token = provider.of_user()[kind]
    answer = send("GET", f"{base}/api/", bearer(token))
    assert answer.status == 401


def test_roles_are_rules(base, provider):
    jane = provider.of_user("jane")["access_token"]
    john = provider.of_user("john")["access_token"]
    assert send("GET", f"{base}/editors/", bearer(jane)).status == 200
    assert send("GET", f"{base}/editors/", bearer(john)).status == 403


def test_token_of_a_machine_is_accepted(base, provider):
    token = provider.token(grant_type="client_credentials")["access_token"]
    assert send("GET", f"{base}/api/", bearer(token)).status == 200


# --- asked -------------------------------------------------------------------

def test_service_account_by_basic(base):
    answer = send("GET", f"{base}/machines/",
                  basic("nginx", keycloak.SECRET), timeout=60)
    assert answer.status == 200
    assert answer.sent("X-Client") == ["nginx"]


def test_wrong_secret_by_basic_is_refused(base):
    answer = send("GET", f"{base}/machines/", basic("nginx", "wrong"),
                  timeout=60)
    assert (answer.status, answer.reason) == (401, "credentials_refused")


def test_introspection(base, provider):
    token = provider.of_user()["access_token"]
    answer = send("GET", f"{base}/asked/", bearer(token), timeout=60)
    assert answer.status == 200
    assert answer.sent("X-User") == ["jane"]


def test_refresh_token_is_refused_by_introspection(base, provider):
    token = provider.of_user()["refresh_token"]
    assert send("GET", f"{base}/asked/", bearer(token),
                timeout=60).status == 401


def test_token_of_a_session_that_ended_is_inactive(base, provider):
    token = provider.of_user("john")["access_token"]
    provider.log_out_everywhere("john")
    answer = send("GET", f"{base}/asked/", bearer(token), timeout=60)
    assert (answer.status, answer.reason) == (401, "token_inactive")


def test_userinfo_tells_who_a_token_is_about(base, provider):
    token = provider.of_user()["access_token"]
    answer = send("GET", f"{base}/userinfo/", bearer(token), timeout=60)
    assert answer.status == 200
    assert answer.sent("X-Email") == ["jane@example.com"]
