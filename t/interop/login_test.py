# SPDX-License-Identifier: Apache-2.0
"""People log in at oidc-provider, in the generic profile, and log out."""

import re
import time
from urllib.parse import urlencode

import clients
import pytest
from visitor import FORM, NAVIGATION, query_of, send


@pytest.mark.parametrize("alg", clients.ALGORITHMS)
def test_login_succeeds_with_each_signing_algorithm(alg, base, visitor):
    url = f"{base}/people/{alg}/a?b=c%20d"
    answer = visitor.open(url)
    assert (answer.status, answer.url) == (200, url)
    assert answer.sent("X-User") == ["jane"]


def test_authorization_request_has_pkce_state_and_nonce(
        base, visitor, provider):
    location = visitor.start(f"{base}/people/RS256/")
    asked = query_of(location)
    assert location.startswith(f"{provider.issuer}/auth?")
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["code_challenge"]) == 43
    assert asked["nonce"] and asked["state"]
    assert asked["redirect_uri"] == f"{base}/callback/RS256"


@pytest.mark.parametrize("name", ["post", "public"])
def test_login_succeeds_with_each_client_authentication(name, base, visitor):
    answer = visitor.open(f"{base}/people/{name}/")
    assert answer.status == 200 and answer.sent("X-User") == ["jane"]


def test_userinfo_adds_claims_missing_in_the_id_token(base, visitor):
    answer = visitor.open(f"{base}/people/userinfo/")
    assert answer.sent("X-Email") == ["jane@example.com"]
    assert answer.sent("X-Name") == [
        "Jane Ångström".encode().decode("latin-1")]
    assert visitor.open(f"{base}/people/RS256/").sent("X-Email") == []


def test_session_of_one_client_is_refused_for_another(base, visitor):
    visitor.open(f"{base}/people/RS256/")
    visitor.jar.put("SESSION_ES256", visitor.jar.value("SESSION_RS256"))
    answer = visitor.get(f"{base}/people/ES256/")
    assert answer.status == 302 and "/auth?" in answer.location


def confirm(visitor, question):
    """Says yes to the provider's question, whether to log out there too."""
    action = re.search(r'<form [^>]*action="([^"]+)"', question.text)[1]
    xsrf = re.search(r'name="xsrf" value="([^"]+)"', question.text)[1]
    answer = visitor.call(
        "POST", action, {**NAVIGATION, "Content-Type": FORM},
        urlencode({"xsrf": xsrf, "logout": "yes"}))
    return visitor.open(answer.location)


def test_logout_ends_the_session_here_and_at_the_provider(
        base, visitor, provider):
    page = f"{base}/people/RS256/"
    visitor.open(page)
    leaving = visitor.get(f"{base}/logout/RS256")
    assert leaving.location.startswith(f"{provider.issuer}/session/end?")
    assert query_of(leaving.location) == {
        "client_id": "RS256", "post_logout_redirect_uri": f"{base}/bye"}

    gone = confirm(visitor, visitor.open(leaving.location))
    assert (gone.url, gone.text) == (f"{base}/bye", "bye\n")
    # The provider's session is gone as well: it asks who is there.
    asked = visitor.get(visitor.start(page))
    assert "/interaction/" in asked.location


def test_logout_at_the_provider_ends_the_session_by_backchannel(
        base, visitors, provider):
    """AC-275: oidc-provider tells us (OIDC Back-Channel Logout 1.0), and
    what it says is about one browser's session."""
    page = f"{base}/people/told/"
    leaving, staying = visitors(), visitors()
    for visitor in (leaving, staying):
        assert visitor.open(page).status == 200
    time.sleep(1.1)  # a logout counts for what is older
    copy = {"Cookie": f"SESSION_told={leaving.jar.value('SESSION_told')}"}
    assert send("GET", page, copy).status == 200
    confirm(leaving, leaving.open(
        f"{provider.issuer}/session/end?client_id=told"
        f"&post_logout_redirect_uri={base}/bye"))
    answer = send("GET", page, copy)
    assert (answer.status, answer.reason) == (401, "session_ended")
    assert staying.get(page).status == 200
