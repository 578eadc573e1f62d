# SPDX-License-Identifier: Apache-2.0
"""Logins that the provider spoils: ID tokens that do not hold, and a token
endpoint that fails."""

import pytest

from gateway import eventually
from sites import SITE
from visitor import NAVIGATION, send

CLAIMS = {
    "AC-073 no iss": {"remove": ["iss"]},
    "AC-074 iss with a slash": {"claims": {"iss": "@ISSUER@/"}},
    "AC-075 no aud": {"remove": ["aud"]},
    "AC-075 aud is null": {"claims": {"aud": None}},
    "AC-075 aud is empty": {"claims": {"aud": []}},
    "AC-076 aud of another": {"claims": {"aud": "somebody"}},
    "AC-076 aud in capitals": {"claims": {"aud": "@CLIENT_ID@X"}},
    "AC-077 aud of one more": {"claims": {"aud": ["@CLIENT_ID@", "x"]}},
    "AC-079 azp of another": {"claims": {"azp": "somebody"}},
    "AC-080 no exp": {"remove": ["exp"]},
    "AC-081 exp as text": {"claims": {"exp": "1999999999"}},
    "AC-083 expired": {"shift": {"exp": -7200}},
    "AC-084 not yet valid": {"claims": {"nbf": 99999999999}},
    "AC-085 no iat": {"remove": ["iat"]},
    "AC-086 iat in the future": {"shift": {"iat": 7200}},
    "AC-088 no sub": {"remove": ["sub"]},
    "AC-088 sub is a number": {"claims": {"sub": 7}},
    "AC-089 no nonce": {"remove": ["nonce"]},
    "AC-089 nonce of another": {"claims": {"nonce": "x"}},
    "AC-089 nonce is empty": {"claims": {"nonce": ""}},
    "AC-091 at_hash is wrong": {"claims": {"at_hash": "AAAAAAAAAAAAAAAA"}},
    "AC-106 payload is no object": {"payload": "[]"},
    "AC-107 access token": {"claims": {"token_use": "access"}},
}
SIGNATURES = {
    "AC-001 alg none": {"sign": "none"},
    "AC-005 RS to HS": {"sign": "hs256"},
    "AC-009 HS256 not enabled": {"header": {"alg": "HS256"}},
    "AC-038 flipped bit": {"sign": "flip"},
    "AC-051 crit": {"header": {"crit": ["exp"]}},
    "AC-054 typ of a logout token": {"header": {"typ": "logout+jwt"}},
    "another key": {"sign": "other"},
}
BAD = {**CLAIMS, **SIGNATURES}


def filled(edits, pool):
    text = {"@ISSUER@": pool.issuer, "@CLIENT_ID@": pool.client()["id"]}

    def fill(value):
        if isinstance(value, dict):
            return {name: fill(one) for name, one in value.items()}
        if isinstance(value, list):
            return [fill(one) for one in value]
        for name, real in text.items():
            value = value.replace(name, real) if isinstance(value, str) \
                else value
        return value
    return fill(edits)


def no_login(site, visitor, answer, status=400):
    assert answer.status == status, answer
    assert not [line for line in answer.set_cookies
                if "Max-Age=0" not in line]
    assert visitor.get(site.url("/")).status == 302


@pytest.mark.parametrize("case", BAD, ids=str)
def test_invalid_id_token_creates_no_session(
        gateway, pool, visitor, upstream, case):
    site = gateway(SITE)
    pool.tamper(id=filled(BAD[case], pool))
    no_login(site, visitor, visitor.open(site.url("/")))
    assert not upstream.requests


def test_id_token_with_aud_as_a_list_of_one_is_accepted(gateway, pool, visitor):
    """AC-078."""
    pool.tamper(id={"claims": {"aud": [pool.client()["id"]]}})
    assert visitor.open(gateway(SITE).url("/")).status == 200


@pytest.mark.parametrize("trusted, aud, azp, status", [
    ("project-1", ["@CLIENT_ID@", "project-1"], None, 200),
    ("any", ["@CLIENT_ID@", "project-2"], "@CLIENT_ID@", 200),
    ("project-1", ["@CLIENT_ID@", "project-2"], None, 400),
    ("project-1", ["project-1"], None, 400),
    ("any", ["project-1"], None, 400),
    ("any", ["@CLIENT_ID@", "project-1"], "somebody", 400),
])
def test_id_token_audience_is_accepted_beside_client_id(
        gateway, pool, visitor, trusted, aud, azp, status):
    """U16."""
    claims = {"aud": aud} | ({"azp": azp} if azp else {})
    pool.tamper(id=filled({"claims": claims}, pool))
    site = gateway(SITE, MORE=f"id_token_audience {trusted};")
    assert visitor.open(site.url("/")).status == status
    if status == 400:
        assert site.said("azp_mismatch" if azp else "aud_mismatch")


def test_untrusted_id_token_audience_names_the_setting(
        gateway, pool, visitor):
    """U16, V3: also where audience, which is about bearer tokens, has it."""
    pool.tamper(id=filled({"claims": {"aud": ["@CLIENT_ID@", "x"]}}, pool))
    site = gateway(SITE, MORE="audience x;")
    assert visitor.open(site.url("/")).status == 400
    assert "see id_token_audience" in site.said("aud_mismatch")


def test_id_token_signed_by_any_key_of_the_pool_is_accepted(
        gateway, pool, visitor):
    """Any key of the pool's may sign what it issues."""
    pool.tamper(id={"sign": "swapped"})
    assert visitor.open(gateway(SITE).url("/")).status == 200


def test_login_after_an_invalid_id_token_succeeds(gateway, pool, visitor):
    """Nothing of a bad login sticks."""
    site = gateway(SITE)
    pool.tamper(id={"sign": "flip"})
    page = visitor.open(site.url("/deep"))
    assert page.status == 400
    assert '<a href="/deep">Try again</a>' in page.text
    assert visitor.open(site.url("/deep")).status == 200


def test_id_token_signed_by_a_new_key_is_accepted(
        gateway, pool, visitor, fresh_keys):
    """AC-150: the new key is looked up while the login waits."""
    site = gateway(SITE)
    visitor.open(site.url("/"))
    visitor.jar.clear()
    pool.keys(action="rotate", which="id", keep_old=True)
    assert visitor.open(site.url("/")).status == 200


def test_id_token_of_the_updated_issuer_is_accepted(gateway, pool, visitor):
    """Its own discovery names it; a Cognito pool has one or the other."""
    pool.settings(issuer="updated")
    updated = pool.control("GET", "/")["updated_issuer"]
    site = gateway(SITE, ISSUER=updated)
    assert visitor.open(site.url("/")).status == 200


# --- the token endpoint ------------------------------------------------------

UNAVAILABLE = {
    "AC-145 reset": {"mode": "reset"},
    "AC-145 cut": {"mode": "cut"},
    "AC-147 redirect": {"mode": "redirect"},
    "AC-156 html": {"mode": "html"},
    "garbage": {"mode": "garbage"},
    "empty": {"mode": "empty"},
    "AC-141 huge": {"mode": "huge"},
    "AC-158 500": {"mode": "status", "status": 500},
    "AC-158 503": {"mode": "status", "status": 503},
    "AC-144 slow": {"mode": "slow", "seconds": 3},
    "AC-144 drip": {"mode": "drip", "bytes": 8, "seconds": 0.2},
    "AC-157 expires_in is none": {"mode": "edit",
                                  "set": {"expires_in": "soon"}},
    "AC-164 token with a blank": {"mode": "edit",
                                  "set": {"access_token": "a b"}},
    "AC-410 throttled": {"mode": "throttle"},
}


@pytest.mark.parametrize("case", UNAVAILABLE, ids=str)
def test_failing_token_endpoint_is_503_and_not_retried(
        gateway, pool, visitor, case):
    """503 with Retry-After, no session, no second try with the code."""
    pool.faults(**{"token.authorization_code": UNAVAILABLE[case]})
    site = gateway(SITE, MORE="timeout 1s;")
    answer = visitor.open(site.url("/"))
    assert int(answer.headers["Retry-After"]) > 0
    assert pool.count("token") == 1
    no_login(site, visitor, answer, 503)


UNSUPPORTED = {
    "AC-157 no access_token": {"remove": ["access_token"]},
    "AC-157 no token_type": {"remove": ["token_type"]},
    "AC-157 another token_type": {"set": {"token_type": "mac"}},
}


@pytest.mark.parametrize("case", UNSUPPORTED, ids=str)
def test_u21_token_response_that_no_waiting_mends_is_500(
        gateway, pool, visitor, case):
    pool.faults(**{"token.authorization_code": {"mode": "edit",
                                                **UNSUPPORTED[case]}})
    site = gateway(SITE)
    answer = visitor.open(site.url("/"))
    assert answer.reason == "idp_unsupported"
    assert "Retry-After" not in answer.headers
    assert pool.count("token") == 1
    no_login(site, visitor, answer, 500)


FINE = {
    "AC-157 bearer in capitals": {"token_type": "BEARER"},
    "AC-157 expires_in as text": {"expires_in": "3600"},
    "AC-157 expires_in of null": {"expires_in": None},
    "AC-157 expires_in far off": {"expires_in": 1e300},
    "AC-157 refresh_token of null": {"refresh_token": None},
}


@pytest.mark.parametrize("case", FINE, ids=str)
def test_unusual_but_valid_token_response_is_accepted(
        gateway, pool, visitor, case):
    pool.faults(token={"mode": "edit", "set": FINE[case]})
    assert visitor.open(gateway(SITE).url("/")).status == 200


def test_token_response_without_an_id_token_is_refused(gateway, pool, visitor):
    """AC-157."""
    pool.faults(token={"mode": "edit", "remove": ["id_token"]})
    site = gateway(SITE)
    answer = visitor.open(site.url("/"))
    assert answer.reason == "id_token_missing"
    no_login(site, visitor, answer)


@pytest.mark.parametrize("status, body, reason, shown", [
    (400, '{"error":"invalid_grant"}', "code_refused", 400),
    (400, '{"error":"invalid_request"}', "code_refused", 400),
    (400, '{"error":"invalid_client"}', "client_refused", 500),
    (401, '{"error":"invalid_client"}', "client_refused", 500),
    (401, "", "client_refused", 500),
    (400, '{"error":"unauthorized_client","error_description":'
     '"invalid_redirect"}', "client_refused", 500),
    (400, '{"error":"use_dpop_nonce"}', "code_refused", 400),
    (400, "not json", "idp_error", 503)])
def test_token_endpoint_error_is_reported_by_its_reason(
        gateway, pool, visitor, status, body, reason, shown):
    """AC-158, AC-166."""
    pool.faults(token={"mode": "status", "status": status, "body": body,
                       "headers": {"Content-Type": "application/json"}})
    site = gateway(SITE)
    answer = visitor.open(site.url("/"))
    assert answer.reason == reason
    assert pool.count("token") == 1
    no_login(site, visitor, answer, shown)


def test_wrong_client_secret_is_500_and_named_in_the_log(
        gateway, pool, visitor):
    """AC-158: the log says what to look at."""
    site = gateway(SITE, CLIENT_SECRET="not-the-one")
    answer = visitor.open(site.url("/"))
    assert (answer.status, answer.reason) == (500, "client_refused")
    assert "client_secret" in site.said("client_refused")


def test_client_that_leaves_during_the_exchange_can_log_in_again(
        gateway, pool, visitor):
    """AC-155, AC-336: the late answer touches nothing."""
    pool.faults(token={"mode": "slow", "seconds": 0.5, "times": 1})
    site = gateway(SITE)
    url = visitor.callback_for(site.url("/"))
    with pytest.raises(TimeoutError):
        send("GET", url, {**NAVIGATION, "Cookie": visitor.jar.header(
            "127.0.0.1", "/", False)}, timeout=0.2)
    eventually(lambda: pool.count("token") == 1)
    visitor.jar.clear()
    assert visitor.open(site.url("/")).status == 200


@pytest.mark.parametrize("mode", ["reset", "cut"])
def test_code_exchange_is_not_repeated_on_a_broken_connection(
        gateway, pool, visitor, mode):
    """AC-145, AC-163: not even on a kept connection that breaks, where a
    request may have arrived and the code been spent."""
    site = gateway(SITE)
    assert visitor.open(site.url("/")).status == 200
    visitor.jar.clear()
    pool.faults(token={"mode": mode, "handled": True, "times": 1})
    answer = visitor.open(site.url("/"))
    assert pool.count("token") == 2
    no_login(site, visitor, answer, 503)


def test_client_secret_is_form_encoded_in_basic(gateway, pool, visitor):
    """AC-159: form-encoded before Basic, as RFC 6749 2.3.1 says."""
    secret = "a:b%c+d e/ü"
    pool.control("POST", "/clients", {"id": pool.client()["id"],
                                      "secret": secret})
    site = gateway(SITE, CLIENT_SECRET=f'"{secret}"')
    visitor.open(site.url("/"))
    [call] = pool.calls("token")
    assert call["basic"][1] == "a%3Ab%25c%2Bd%20e%2F%C3%BC"
