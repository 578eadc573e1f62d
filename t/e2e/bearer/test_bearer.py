# SPDX-License-Identifier: Apache-2.0
"""Bearer tokens: which are good, and what is said of the others."""

import pytest

from gateway import eventually
from visitor import NAVIGATION, SCRIPT, bearer, send

API = """
    oidc_provider cognito { @PROVIDER@ @MORE@ }
    server {
        listen 127.0.0.1:@PORT@;
        location /api/ {
            auth_oidc cognito;
            auth_oidc_methods bearer;
            auth_oidc_set_header X-Seen "$oidc_authenticated/$oidc_method";
            auth_oidc_set_header X-User $oidc_user;
            auth_oidc_set_header X-Client $oidc_client_id;
            auth_oidc_set_header X-Scope $oidc_scope;
            auth_oidc_set_header X-Provider $oidc_provider;
            auth_oidc_set_header X-Left $oidc_expires_in;
            proxy_pass http://@UPSTREAM@;
        }
        location /id/ {
            auth_oidc cognito;
            auth_oidc_methods bearer;
            auth_oidc_token id;
            proxy_pass http://@UPSTREAM@;
        }
        location /any/ {
            auth_oidc cognito;
            auth_oidc_methods bearer;
            auth_oidc_token any;
            auth_oidc_upstream_token off;
            proxy_pass http://@UPSTREAM@;
        }
    }
"""


def ask(site, token, path="/api/"):
    return send("GET", site.url(path), bearer(token))


def refused(answer, reason, upstream):
    assert answer.status == 401, answer
    assert answer.reason == reason
    assert answer.challenge.startswith(
        'Bearer realm="127.0.0.1", error="invalid_token", '
        'error_description="')
    assert not upstream.requests


# --- good ones -------------------------------------------------------------

def test_valid_token_passes(gateway, pool, upstream):
    site = gateway(API)
    assert ask(site, pool.issue()).status == 200
    assert len(upstream.requests) == 1


def test_accepted_token_is_sent_upstream(gateway, pool):
    site = gateway(API)
    token = pool.issue()
    assert ask(site, token).sent("Authorization") == [f"Bearer {token}"]


def test_upstream_token_off_sends_no_token_upstream(gateway, pool):
    """AC-245."""
    site = gateway(API)
    answer = ask(site, pool.issue(), "/any/")
    assert answer.status == 200
    assert answer.sent("Authorization") == []


def test_variables_describe_the_client_of_a_machine_token(gateway, pool):
    site = gateway(API)
    client = pool.client()["id"]
    answer = ask(site, pool.issue(scope="kongresource/scope1"))
    assert answer.sent("X-Seen") == ["1/bearer"]
    assert answer.sent("X-User") == [client]
    assert answer.sent("X-Client") == [client]
    assert answer.sent("X-Scope") == ["kongresource/scope1"]
    assert answer.sent("X-Provider") == ["cognito"]
    assert 3500 < int(answer.sent("X-Left")[0]) <= 3600


def test_variables_describe_the_user_of_a_token(gateway, pool):
    site = gateway(API)
    assert ask(site, pool.issue("access")).sent("X-User") == ["jane"]


def test_bearer_scheme_is_accepted_in_any_case(gateway, pool):
    """AC-294."""
    site = gateway(API)
    answer = send("GET", site.url("/api/"),
                  {"Authorization": f"bEARER {pool.issue()}"})
    assert answer.status == 200


def test_repeated_token_is_accepted_each_time(gateway, pool):
    """From the second time on out of a cache."""
    site = gateway(API, main="worker_processes 2;")
    token = pool.issue()
    assert {ask(site, token).status for _ in range(20)} == {200}


def test_accepted_token_sets_no_cookie(gateway, pool):
    site = gateway(API)
    assert not ask(site, pool.issue()).set_cookies


# --- no credential ---------------------------------------------------------

def test_no_credential_is_401(gateway, upstream):
    """AC-307."""
    site = gateway(API)
    answer = send("GET", site.url("/api/"))
    assert answer.status == 401
    assert answer.challenge == 'Bearer realm="127.0.0.1"'
    assert answer.reason == "credential_missing"
    assert answer.headers["Cache-Control"] == "no-store"
    assert not upstream.requests


def test_navigation_without_a_token_is_401_and_no_login(gateway):
    """Where only bearer is enabled there is nowhere to log in."""
    site = gateway(API)
    answer = send("GET", site.url("/api/"), NAVIGATION)
    assert answer.status == 401
    assert not answer.set_cookies


def test_token_in_the_query_is_ignored(gateway, pool):
    """AC-296."""
    site = gateway(API)
    answer = send("GET", site.url("/api/?access_token=abcdefgh"))
    assert (answer.status, answer.reason) == (401, "credential_missing")


# --- how a refusal looks ---------------------------------------------------

def test_refused_token_is_answered_in_json(gateway, pool):
    site = gateway(API)
    answer = ask(site, "invalid_token")
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.body == \
        b'{"error":"invalid_token","message":"Unauthorized"}'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_refused_token_of_a_browser_is_answered_by_a_page(gateway):
    """AC-324."""
    site = gateway(API)
    answer = send("GET", site.url("/api/"),
                  {**NAVIGATION, **bearer("invalid_token")})
    assert answer.status == 401
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "<script" not in answer.text


def test_refused_token_of_a_script_is_answered_in_json(gateway):
    site = gateway(API)
    answer = send("GET", site.url("/api/"),
                  {**SCRIPT, **bearer("invalid_token")})
    assert answer.json["error"] == "invalid_token"


def test_refused_token_is_logged_once_at_warn(gateway):
    site = gateway(API)
    ask(site, "invalid_token")
    site.said("token_malformed")
    lines = [line for line in site.log().splitlines()
             if "auth_oidc: cognito:" in line]
    assert len(lines) == 1
    assert "[warn]" in lines[0]


def test_missing_credential_is_logged_at_info(gateway):
    site = gateway(API)
    send("GET", site.url("/api/"))
    line = next(line for line in site.log().splitlines()
                if site.said("credential_missing") in line)
    assert "[info]" in line


# --- bad ones ---------------------------------------------------------------

SPOILT = {
    "AC-001 alg none": ({"sign": "none"}, "token_malformed"),
    "AC-001 alg none, signed": ({"header": {"alg": "none"}},
                                "alg_not_allowed"),
    "AC-002 alg None": ({"header": {"alg": "None"}}, "alg_not_allowed"),
    "AC-004 alg missing": ({"header": {"alg": None}}, "header_malformed"),
    "AC-005 RS to HS": ({"sign": "hs256"}, "alg_not_allowed"),
    "AC-014 jwk in the header": ({"sign": "other",
                                  "header": {"jwk": {"kty": "RSA"}}},
                                 "signature_invalid"),
    "AC-019 kid of another type": ({"header": {"kid": 7}},
                                   "header_malformed"),
    "AC-036 another key's signature": ({"sign": "other"},
                                       "signature_invalid"),
    "AC-038 one bit flipped": ({"sign": "flip"}, "signature_invalid"),
    "AC-051 crit": ({"header": {"crit": ["exp"]}}, "crit_not_supported"),
    "AC-053 b64": ({"header": {"b64": False}}, "crit_not_supported"),
    "AC-054 typ of a logout token": ({"header": {"typ": "logout+jwt"}},
                                     "typ_not_allowed"),
    "AC-058 alg twice": ({"raw_header":
                          '{"alg":"none","alg":"RS256","kid":"x"}'},
                         "header_malformed"),
    "AC-059 exp twice": ({"payload": '{"exp":1,"exp":99999999999}'},
                         "payload_malformed"),
    "AC-061 payload with more behind it": ({"payload": "{}{}"},
                                           "payload_malformed"),
    "AC-073 iss of another type": ({"claims": {"iss": ["x"]}},
                                   "iss_mismatch"),
    "AC-080 no exp": ({"remove": ["exp"]}, "exp_missing"),
    "AC-081 exp as text": ({"claims": {"exp": "1999999999"}},
                           "exp_missing"),
    "AC-083 expired": ({"shift": {"exp": -7200}}, "token_expired"),
    "AC-084 not yet valid": ({"claims": {"nbf": 99999999999}},
                             "token_not_yet_valid"),
    "AC-106 payload is no object": ({"payload": "[]"}, "payload_malformed"),
    "AC-318 bound to a key": ({"claims": {"cnf": {"jkt": "x"}}},
                              "token_bound"),
    "AC-399 no token_use": ({"remove": ["token_use"]},
                            "token_use_mismatch"),
    "AC-400 no client_id": ({"remove": ["client_id"]},
                            "client_id_mismatch"),
    "AC-400 another client": ({"claims": {"client_id": "somebody"}},
                              "client_id_mismatch"),
    "AC-401 another pool": ({"claims": {
        "iss": "http://127.0.0.1/us-east-1_Other"}}, "iss_mismatch"),
}


@pytest.mark.parametrize("case", SPOILT, ids=str)
def test_altered_token_is_refused(gateway, pool, upstream, case):
    edits, reason = SPOILT[case]
    site = gateway(API)
    refused(ask(site, pool.issue(**edits)), reason, upstream)


@pytest.mark.parametrize("slash", ["/", "?", "#", ":443"])
def test_issuer_is_compared_byte_for_byte(gateway, pool, upstream, slash):
    """AC-074."""
    site = gateway(API)
    token = pool.issue(claims={"iss": pool.issuer + slash})
    refused(ask(site, token), "iss_mismatch", upstream)


def test_url_in_the_jose_header_is_not_requested(gateway, pool, upstream):
    """AC-015, AC-016: jku and x5u are not followed."""
    site = gateway(API)
    ask(site, pool.issue())
    upstream.clear()
    here = f"http://127.0.0.1:{upstream.port}/keys"
    token = pool.issue(sign="other", header={"jku": here, "x5u": here})
    refused(ask(site, token), "signature_invalid", upstream)


def test_id_token_is_refused_as_an_access_token(gateway, pool, upstream):
    """AC-107, AC-399."""
    site = gateway(API)
    refused(ask(site, pool.issue("id")), "token_use_mismatch", upstream)


def test_access_token_is_refused_as_an_id_token(gateway, pool, upstream):
    """AC-399."""
    site = gateway(API)
    refused(ask(site, pool.issue("access"), "/id/"), "token_use_mismatch",
            upstream)


def test_id_token_is_accepted_where_it_is_required(gateway, pool):
    site = gateway(API)
    assert ask(site, pool.issue("id"), "/id/").status == 200


@pytest.mark.parametrize("kind", ["id", "access", "m2m"])
def test_both_kinds_of_token_are_accepted_where_any_will_do(
        gateway, pool, kind):
    site = gateway(API)
    assert ask(site, pool.issue(kind), "/any/").status == 200


# --- time -------------------------------------------------------------------

@pytest.mark.parametrize("late, status", [(97, 200), (103, 401)])
def test_expired_token_is_judged_with_the_leeway(gateway, pool, late, status):
    """AC-083: seconds since exp, against a leeway of 100."""
    site = gateway(API, MORE="leeway 100s;")
    assert ask(site, pool.issue(expires_in=-late)).status == status


def test_cached_token_is_refused_once_it_expires(gateway, pool):
    """AC-070."""
    site = gateway(API, MORE="leeway 0s;")
    token = pool.issue(expires_in=2)
    assert ask(site, token).status == 200
    answer = eventually(lambda: (a := ask(site, token)).status == 401 and a)
    assert answer.reason == "token_expired"


def test_bad_and_good_tokens_in_turn_are_judged_each_on_its_own(gateway, pool):
    """AC-003: nothing of a bad one sticks."""
    site = gateway(API)
    good, old = pool.issue(), pool.issue(shift={"exp": -7200})
    statuses = [ask(site, token).status for token in
                (pool.issue(sign="none"), good, old) * 5]
    assert statuses == [401, 200, 401] * 5
