# SPDX-License-Identifier: Apache-2.0
"""Access tokens of oidc-provider (RFC 9068), checked as a resource server."""

import clients
import pytest
from visitor import send


def present(url, token):
    return send("GET", url, {"Authorization": f"Bearer {token}"})


def refusal(url, token):
    answer = present(url, token)
    assert 'error="invalid_token"' in answer.challenge
    return answer.status, answer.reason


@pytest.mark.parametrize("alg", clients.ALGORITHMS)
def test_refreshed_token_is_accepted(alg, base, relying_party):
    party = relying_party(alg)
    tokens = party.log_in(clients.API)
    refreshed = party.refresh(tokens)
    assert refreshed["access_token"] != tokens["access_token"]
    answer = present(f"{base}/api/{alg}/", refreshed["access_token"])
    assert answer.status == 200, answer
    assert answer.sent("X-User") == ["jane"]
    assert answer.sent("Authorization") == [
        f"Bearer {refreshed['access_token']}"]


@pytest.mark.parametrize("alg", clients.ALGORITHMS)
def test_token_for_another_audience_is_refused(alg, base, relying_party):
    tokens = relying_party(alg).log_in("https://other.example")
    assert refusal(f"{base}/api/{alg}/", tokens["access_token"]) == (
        401, "aud_mismatch")


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "EdDSA"])
def test_id_token_is_refused_as_a_bearer_token(alg, base, relying_party):
    """AC-107: neither where its aud is wrong nor where it would be right."""
    token = relying_party(alg).log_in(clients.API)["id_token"]
    assert refusal(f"{base}/api/{alg}/", token)[0] == 401
    assert refusal(f"{base}/own/{alg}/", token) == (
        401, "token_use_mismatch")


def test_token_by_an_algorithm_not_enabled_is_refused(base, relying_party):
    token = relying_party("ES256").log_in(clients.API)["access_token"]
    assert refusal(f"{base}/api/RS256/", token) == (401, "alg_not_allowed")


def test_opaque_token_is_refused(base, relying_party):
    token = relying_party("RS256").log_in()["access_token"]
    assert refusal(f"{base}/api/RS256/", token) == (401, "token_malformed")


def test_client_credentials_token_is_accepted(base, relying_party):
    tokens = relying_party("RS256").token(
        grant_type="client_credentials", resource=clients.API,
        scope="api:read")
    answer = present(f"{base}/api/RS256/", tokens["access_token"])
    assert answer.status == 200, answer


def test_changed_keys_are_fetched(
        base, provider, relying_party):
    """AC-150."""
    party = relying_party("RS256")
    url = f"{base}/api/RS256/"
    old = party.log_in(clients.API)["access_token"]
    assert present(url, old).status == 200
    provider.order("rotate")
    new = party.log_in(clients.API)["access_token"]
    answer = present(url, new)
    assert answer.status == 200, answer
    assert refusal(url, old) == (401, "unknown_kid")


# --- what else the provider signs for a client -------------------------------

def signed_texts(party, issuer):
    """Each kind, for one client, by the key of its access tokens."""
    login = {"prompt": "none", "response_mode": "query.jwt"}
    tokens = party.log_in()
    userinfo = send("GET", f"{issuer}/me", {
        "Authorization": f"Bearer {tokens['access_token']}"})
    return {
        "authorization error": party.respond(**login)["response"],
        "authorization response": party.respond(
            response_mode="query.jwt")["response"],
        "ID token": tokens["id_token"],
        "UserInfo": userinfo.text,
        "introspection": party.post(
            "/token/introspection", "application/token-introspection+jwt",
            token=tokens["access_token"]).text,
    }


def test_nothing_else_that_is_signed_for_the_client_opens_a_door(
        base, provider, relying_party):
    """AC-411, AC-412, AC-415: JARM, UserInfo and introspection as JWTs. The
    error is given to anybody, without an account."""
    party = relying_party(None, "signed")
    texts = signed_texts(party, provider.issuer)
    for kind, text in texts.items():
        assert text.count(".") == 2, kind
        for door in ("api", "own", "any", "id"):
            status = present(f"{base}/{door}/signed/", text).status
            opens = kind == "ID token" and door in ("any", "id")
            assert status == (200 if opens else 401), (kind, door)


def test_access_token_beside_them_is_accepted(base, relying_party):
    tokens = relying_party(None, "signed").log_in(clients.API)
    assert present(f"{base}/api/signed/", tokens["access_token"]).status == 200
    for door in ("own", "id"):
        assert present(f"{base}/{door}/signed/",
                       tokens["access_token"]).status in (401, 403)
