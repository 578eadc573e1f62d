"""Access tokens of oidc-provider (RFC 9068), checked as a resource server."""

import pytest

import clients


def present(browser, url, token):
    return browser.get(url, {"Authorization": f"Bearer {token}",
                             "Accept": "application/json"})


def reason(reply):
    return reply.headers["X-Reason"]


@pytest.mark.parametrize("alg", clients.ALGORITHMS)
def test_a_refreshed_token_is_accepted(alg, base, browser, relying_party):
    party = relying_party(alg)
    tokens = party.log_in(clients.API)
    refreshed = party.refresh(tokens)
    assert refreshed["access_token"] != tokens["access_token"]
    reply = present(browser, f"{base}/api/{alg}/", refreshed["access_token"])
    assert reply.status == 200, (reason(reply), reply.body)
    seen = reply.json["headers"]
    assert seen["X-User"] == "jane"
    assert seen["Authorization"] == f"Bearer {refreshed['access_token']}"


@pytest.mark.parametrize("alg", clients.ALGORITHMS)
def test_a_token_for_somebody_else_is_refused(alg, base, browser,
                                              relying_party):
    tokens = relying_party(alg).log_in("https://other.example")
    reply = present(browser, f"{base}/api/{alg}/", tokens["access_token"])
    assert (reply.status, reason(reply)) == (401, "aud_mismatch")
    assert 'error="invalid_token"' in reply.headers["WWW-Authenticate"]


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "EdDSA"])
def test_AC_107_an_id_token_is_no_bearer(alg, base, browser, relying_party):
    """Neither where its audience is wrong nor where it would be right."""
    token = relying_party(alg).log_in(clients.API)["id_token"]
    reply = present(browser, f"{base}/api/{alg}/", token)
    assert reply.status == 401 and reason(reply)
    reply = present(browser, f"{base}/own/{alg}/", token)
    assert (reply.status, reason(reply)) == (401, "token_use_mismatch")


def test_a_token_by_an_algorithm_not_named_is_refused(base, browser,
                                                      relying_party):
    token = relying_party("ES256").log_in(clients.API)["access_token"]
    reply = present(browser, f"{base}/api/RS256/", token)
    assert (reply.status, reason(reply)) == (401, "alg_not_allowed")


def test_an_opaque_token_is_refused(base, browser, relying_party):
    token = relying_party("RS256").log_in()["access_token"]
    reply = present(browser, f"{base}/api/RS256/", token)
    assert (reply.status, reason(reply)) == (401, "token_malformed")


def test_a_client_that_has_only_itself(base, browser, relying_party):
    tokens = relying_party("RS256").token(
        grant_type="client_credentials", resource=clients.API,
        scope="api:read")
    reply = present(browser, f"{base}/api/RS256/", tokens["access_token"])
    assert reply.status == 200, reason(reply)


def test_AC_150_keys_change_and_the_new_ones_are_found(
        base, browser, provider, relying_party):
    party = relying_party("RS256")
    url = f"{base}/api/RS256/"
    old = party.log_in(clients.API)["access_token"]
    assert present(browser, url, old).status == 200
    provider.order("rotate")
    new = party.log_in(clients.API)["access_token"]
    reply = present(browser, url, new)
    assert reply.status == 200, reason(reply)
    reply = present(browser, url, old)
    assert (reply.status, reason(reply)) == (401, "unknown_kid")
