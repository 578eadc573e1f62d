"""People log in at oidc-provider, in the generic profile, and log out."""

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest

import clients


def asked_for(reply):
    """The authorization request that a reply sends to."""
    return parse_qs(urlsplit(reply.location).query)


@pytest.mark.parametrize("alg", clients.ALGORITHMS)
def test_login_with_each_algorithm(alg, base, browser):
    page = browser.follow(f"{base}/people/{alg}/a?b=c%20d")
    assert page.status == 200, page.body
    assert page.url == f"{base}/people/{alg}/a?b=c%20d"
    assert b"Hello jane" in page.body


def test_the_request_asks_for_pkce_state_and_nonce(base, browser, provider):
    sent = browser.get(f"{base}/people/RS256/")
    asked = asked_for(sent)
    assert sent.location.startswith(f"{provider.issuer}/auth?")
    assert asked["code_challenge_method"] == ["S256"]
    assert len(asked["code_challenge"][0]) == 43
    assert asked["nonce"] and asked["state"]
    assert asked["redirect_uri"] == [f"{base}/callback/RS256"]


@pytest.mark.parametrize("name", ["post", "public"])
def test_login_with_other_client_authentication(name, base, browser):
    page = browser.follow(f"{base}/people/{name}/")
    assert page.status == 200 and b"Hello jane" in page.body


def test_userinfo_brings_claims_the_id_token_lacks(base, browser):
    browser.follow(f"{base}/people/userinfo/")
    seen = browser.get(f"{base}/people/userinfo/",
                       {"Accept": "application/json"}).json["headers"]
    assert seen["X-Email"] == "jane@example.com"
    assert seen["X-Name"].encode("latin-1").decode() == "Jane Ångström"
    plain = browser.follow(f"{base}/people/RS256/")
    assert b"jane@example.com" not in plain.body


def test_the_session_of_one_client_is_no_session_of_another(base, browser):
    browser.follow(f"{base}/people/RS256/")
    jar = next(iter(browser.jars.values()))
    jar["SESSION_ES256"] = jar["SESSION_RS256"]
    reply = browser.get(f"{base}/people/ES256/")
    assert reply.status == 302 and "/auth?" in reply.location


def test_logout_here_and_at_the_provider(base, browser, provider):
    browser.follow(f"{base}/people/RS256/")
    leaving = browser.get(f"{base}/logout/RS256")
    asked = asked_for(leaving)
    assert leaving.location.startswith(f"{provider.issuer}/session/end?")
    assert asked["client_id"] == ["RS256"]
    assert asked["post_logout_redirect_uri"] == [f"{base}/bye"]

    question = browser.get(leaving.location)
    form = dict(re.findall(r'name="(\w+)" value="([^"]*)"',
                           html.unescape(question.body.decode())))
    action = html.unescape(re.search(r'action="([^"]+)"',
                                     question.body.decode())[1])
    gone = browser.post(action, {**form, "logout": "yes"})
    assert gone.location == f"{base}/bye"

    again = browser.get(f"{base}/people/RS256/")
    assert again.status == 302
    # The provider's session is gone as well: it asks who is there.
    assert "/interaction/" in browser.get(again.location).location
