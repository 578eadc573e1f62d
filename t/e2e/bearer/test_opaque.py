# SPDX-License-Identifier: Apache-2.0
"""Tokens that only the provider can judge: opaque ones, and refresh tokens
that a caller keeps."""

import json

import pytest

from gateway import eventually
from h2wire import H2
from visitor import bearer, send
from wire import Wire, request

SITE = """
    oidc_provider cognito { @PROVIDER@ @MORE@ }
    server {
        listen 127.0.0.1:@PORT@;
        listen 127.0.0.1:@PORT2@ http2;
        auth_oidc cognito;
        auth_oidc_methods @METHODS@;
        location / {
            auth_oidc_set_header X-Seen "$oidc_authenticated/$oidc_method";
            auth_oidc_set_header X-User $oidc_user;
            auth_oidc_set_header X-Scope $oidc_scope;
            @RULE@
            proxy_pass http://@UPSTREAM@;
        }
        location /off/ {
            auth_oidc_upstream_token off;
            proxy_pass http://@UPSTREAM@;
        }
    }
    server {
        listen 127.0.0.1:@PORT3@;
        location /open/ { proxy_pass http://@UPSTREAM@; }
        location / { auth_oidc cognito; proxy_pass http://@UPSTREAM@; }
    }
"""
TWO = "worker_processes 2;"
INTROSPECTION = """
    issuer @ISSUER@; profile generic;
    client_id @CLIENT_ID@; client_secret @CLIENT_SECRET@;
    introspection_endpoint http://@UPSTREAM@/introspect;
    allowed_clients app-1;
"""
ACTIVE = {"active": True, "client_id": "app-1", "sub": "jane",
          "scope": "read write", "exp": 4102444800}


def says(upstream, answer, status=200, kind="application/json"):
    body = answer if isinstance(answer, str) else json.dumps(answer)
    upstream.answers["/introspect"] = (status, {"Content-Type": kind}, body)


def asked(upstream):
    return [one for one in upstream.requests if one["uri"] == "/introspect"]


def passed(upstream):
    return [one for one in upstream.requests if one["uri"] != "/introspect"]


@pytest.fixture
def introspecting(gateway, upstream):
    def start(**values):
        return gateway(SITE, **{"PROVIDER": INTROSPECTION,
                                "METHODS": "bearer introspection", **values})
    says(upstream, ACTIVE)
    return start


def ask(site, token, path="/", **more):
    return send("GET", site.url(path, **more), bearer(token), timeout=60)


# --- introspection ----------------------------------------------------------

def test_active_opaque_token_is_accepted(introspecting, upstream):
    site = introspecting()
    answer = ask(site, "an-opaque-token")
    assert answer.status == 200
    assert answer.sent("X-Seen") == ["1/introspection"]
    assert answer.sent("X-User") == ["jane"]
    assert answer.sent("X-Scope") == ["read write"]
    assert answer.sent("Authorization") == ["Bearer an-opaque-token"]
    assert ask(site, "an-opaque-token", "/off/").sent("Authorization") == []
    call, = asked(upstream)
    assert call["method"] == "POST"
    assert "token=an-opaque-token" in call["body"]
    assert [v for k, v in call["headers"] if k == "Authorization"][0] \
        .startswith("Basic ")


@pytest.mark.parametrize("rule, said, status", [
    ("", {"token_use": "refresh_token"}, 401),
    ("", {"token_use": "id"}, 401),
    ("", {"typ": "Refresh"}, 401), ("", {"typ": "ID"}, 401),
    ("", {"token_type": "refresh_token"}, 401),
    ("", {"token_type": "N_A"}, 401), ("", {"token_type": "mac"}, 401),
    ("", {"token_type": "DPoP"}, 401), ("", {"token_type": None}, 401),
    ("", {"token_type": ["Bearer"]}, 401),
    ("", {"token_type": "bearer", "token_use": "access_token",
          "typ": "Bearer"}, 200),
    ("", {"token_type": "access_token", "token_use": "access"}, 200),
    ("auth_oidc_token id;", {"typ": "ID"}, 200),
    ("auth_oidc_token id;", {"typ": "Bearer"}, 401),
    ("auth_oidc_token id;", {"typ": "Refresh"}, 401),
    ("auth_oidc_token any;", {"typ": "ID"}, 200),
    ("auth_oidc_token any;", {"typ": "Bearer"}, 200),
    ("auth_oidc_token any;", {"typ": "Refresh"}, 401)])
def test_introspected_token_of_another_kind_is_401(
        introspecting, upstream, rule, said, status):
    """AC-418: refresh tokens can be introspected as well (RFC 7662 2.1)."""
    says(upstream, {**ACTIVE, **said})
    site = introspecting(RULE=rule)
    for _ in range(2):
        answer = ask(site, "an-opaque-token")
        assert answer.status == status
        if status == 401:
            assert answer.reason == "token_use_mismatch"


def test_introspection_is_requested_once_for_many_requests(
        introspecting, upstream):
    site = introspecting(main=TWO)
    assert {ask(site, "an-opaque-token").status for _ in range(30)} == {200}
    assert len(asked(upstream)) == 1


@pytest.mark.parametrize("answer", [
    {"active": False}, {}, {**ACTIVE, "active": "true"},
    {**ACTIVE, "active": 1}, {**ACTIVE, "active": None},
    {**ACTIVE, "exp": 1}, {**ACTIVE, "client_id": "app-2"},
    {**ACTIVE, "aud": "somebody-else"}, {**ACTIVE, "iss": "https://x"}])
def test_inactive_opaque_token_is_401(introspecting, upstream, answer):
    """AC-303, AC-305."""
    says(upstream, answer)
    site = introspecting()
    refused = ask(site, "an-opaque-token")
    assert refused.status == 401
    assert 'error="invalid_token"' in refused.challenge
    assert not passed(upstream)
    ask(site, "an-opaque-token")
    assert len(asked(upstream)) == 1, "remembered for seconds"


@pytest.mark.parametrize("answer, status, kind", [
    ([ACTIVE], 200, "application/json"), ("<html>", 200, "text/html"),
    (ACTIVE, 200, "text/html"), (ACTIVE, 500, "application/json"),
    (ACTIVE, 302, "application/json"), ("", 200, "application/json")])
def test_introspection_without_a_usable_response_is_503(
        introspecting, upstream, answer, status, kind):
    """AC-303."""
    says(upstream, answer, status, kind)
    site = introspecting()
    refused = ask(site, "an-opaque-token")
    assert refused.status == 503
    assert refused.headers["Retry-After"]
    assert not passed(upstream)


def test_introspection_response_of_ten_megabytes_is_503(
        introspecting, upstream):
    """AC-303."""
    says(upstream, {**ACTIVE, "padding": "x" * 10_000_000})
    answer = ask(introspecting(), "an-opaque-token")
    assert answer.status == 503
    assert answer.reason == "idp_too_large"
    assert not passed(upstream)


def test_introspection_response_in_many_buffers_is_read(
        introspecting, upstream):
    """AC-306."""
    says(upstream, {**ACTIVE, "padding": "x" * 150_000})
    assert ask(introspecting(), "an-opaque-token").status == 200


def test_jwt_is_verified_without_introspection(introspecting, pool, upstream):
    site = introspecting()
    assert ask(site, pool.issue(sign="other")).status == 401
    assert not asked(upstream)


def test_malformed_and_missing_opaque_tokens_are_refused(
        introspecting, upstream):
    """Malformed and missing; and over HTTP/2."""
    site = introspecting()
    for value in ("Bearer", "Bearer ", "Bearer a b", "Bearer ä"):
        with Wire(site.port) as wire:
            line = f"Authorization: {value}"
            assert wire.ask(request(headers=[line])).status == 400, value
    assert send("GET", site.url()).status == 401
    with H2(site.ports["PORT2"]) as h2:
        good, none = h2.wait(
            h2.request("/", headers=[("authorization", "Bearer opaque")]),
            h2.request("/"))
    assert (good.status, none.status) == (200, 401)


TWO_PROVIDERS = """
    oidc_provider one { @PROVIDER@ timeout 2s; }
    oidc_provider two { @PROVIDER@ timeout 2s; cookie_name two;
                        redirect_uri /two; }
    server {
        listen 127.0.0.1:@PORT@;
        auth_oidc_methods bearer introspection;
        location / { auth_oidc one; proxy_pass http://@UPSTREAM@; }
        location /two { auth_oidc two; proxy_pass http://@UPSTREAM@; }
    }
"""


def test_tokens_without_a_key_set_are_503_and_two_headers_400(
        gateway, pool, upstream):
    """AC-302."""
    pool.faults(jwks={"mode": "status"})
    site = gateway(TWO_PROVIDERS, PROVIDER=INTROSPECTION)
    token = pool.issue()
    with Wire(site.port, timeout=30) as one, Wire(site.port, timeout=30) as two:
        for wire, path in ((one, "/"), (two, "/two")):
            wire.send(request(path, headers=[f"Authorization: Bearer {token}"]))
        assert [one.receive().status, two.receive().status] == [503, 503]
    with Wire(site.port) as both:
        answer = both.ask(request(headers=["Authorization: Bearer a.b.c"] * 2))
    assert answer.status == 400
    assert not upstream.requests


# --- userinfo ---------------------------------------------------------------

def test_userinfo_check_accepts_a_valid_token(gateway, pool):
    """Cognito's nearest thing to introspection."""
    site = gateway(SITE, METHODS="userinfo", main=TWO)
    token = pool.issue("access")
    answer = ask(site, token)
    assert answer.status == 200
    assert answer.sent("X-Seen") == ["1/userinfo"]
    assert answer.sent("Authorization") == [f"Bearer {token}"]
    assert {ask(site, token).status for _ in range(10)} == {200}
    assert pool.count("userinfo") == 1


def test_userinfo_check_refuses_a_revoked_token(gateway, pool, visitor):
    """AC-309: the signature of such a token is still good."""
    site = gateway(SITE, METHODS="userinfo", MORE="scope openid;")
    visitor.open(site.url("/", "PORT3"))
    login = visitor.open(site.url("/", "PORT3"))
    header = login.sent("Authorization")[0]
    assert send("GET", site.url(), {"Authorization": header}).status == 200
    other = gateway(SITE, METHODS="userinfo", MORE="scope openid;")
    refresh = pool.calls("token")  # what was issued stands in the secrets
    assert refresh
    for secret in pool.control("GET", "/secrets").get("refresh_tokens", []):
        client = pool.client()
        send("POST", pool.domain_url + "/oauth2/revoke",
             {"Content-Type": "application/x-www-form-urlencoded"},
             f"token={secret}&client_id={client['id']}"
             f"&client_secret={client['secret']}")
    answer = send("GET", other.url(), {"Authorization": header})
    assert answer.status == 401
    assert answer.reason == "token_inactive"


@pytest.mark.parametrize("token", ["opaque", "a.b", "a.b.c.d.e"])
def test_userinfo_check_refuses_a_malformed_token(
        gateway, pool, upstream, token):
    site = gateway(SITE, METHODS="userinfo")
    answer = ask(site, token)
    assert answer.status == 401
    assert answer.reason == "token_inactive"
    assert not upstream.requests


def test_userinfo_check_of_a_token_without_openid_is_401(gateway, pool):
    site = gateway(SITE, METHODS="userinfo")
    assert ask(site, pool.issue("access", scope="email")).status == 401


def test_userinfo_check_of_a_token_of_another_client_is_401(
        gateway, pool, upstream):
    site = gateway(SITE, METHODS="userinfo")
    token = pool.issue("access", client_id=pool.client("public")["id"])
    answer = ask(site, token)
    assert answer.status == 401
    assert answer.reason == "client_id_mismatch"
    assert not upstream.requests


# --- refresh tokens ---------------------------------------------------------

REFRESH = {"METHODS": "refresh_token bearer",
           "MORE": "refresh_token_header X-Refresh-Token;"}


@pytest.fixture
def refresh_token(pool):
    client, user = pool.client("public"), pool.user()
    answer = send("POST", pool.service_url + "/", {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": "AWSCognitoIdentityProviderService.InitiateAuth"},
        json.dumps({"AuthFlow": "USER_PASSWORD_AUTH",
                    "ClientId": client["id"], "AuthParameters": {
                        "USERNAME": user["username"],
                        "PASSWORD": user["password"]}}))
    pool.control("POST", "/reset", {})
    return answer.json["AuthenticationResult"]["RefreshToken"]


@pytest.fixture
def refreshing(gateway, pool):
    def start(**values):
        public = f"client_id {pool.client('public')['id']};"
        return gateway(SITE, **{
            "PROVIDER": f"issuer @ISSUER@; profile cognito; {public}",
            **REFRESH, **values})
    return start


def show(site, token, path="/", **more):
    return send("GET", site.url(path, **more), {"X-Refresh-Token": token},
                timeout=60)


def test_refresh_token_of_a_caller_is_accepted(
        refreshing, refresh_token, upstream, pool):
    site = refreshing(main=TWO)
    answer = show(site, refresh_token)
    assert answer.status == 200
    assert answer.sent("X-Seen") == ["1/refresh_token"]
    assert answer.sent("X-User") == ["jane"]
    assert answer.sent("Authorization")[0].startswith("Bearer eyJ")
    assert {show(site, refresh_token).status for _ in range(20)} == {200}
    assert pool.count("token") == 1
    assert refresh_token not in str(upstream.requests)


def test_refresh_token_of_a_caller_is_not_sent_upstream(
        refreshing, refresh_token, upstream):
    """Also where nothing is protected, and in any spelling."""
    site = refreshing()
    assert show(site, refresh_token, "/open/", port="PORT3").status == 200
    with Wire(site.port) as wire:
        wire.ask(request(headers=[f"x-refresh-token: {refresh_token}"]))
    assert upstream.requests
    assert refresh_token not in str(upstream.requests)


@pytest.mark.parametrize("token", ["wrong", "a.b.c.d.e"])
def test_wrong_refresh_token_is_401(refreshing, pool, upstream, token):
    site = refreshing()
    for _ in range(5):
        answer = show(site, token)
        assert answer.status == 401
        assert answer.reason == "credentials_refused"
    assert pool.count("token") == 1
    assert not upstream.requests


def test_refresh_token_malformed_missing_or_repeated_is_refused(
        refreshing, pool):
    site = refreshing()
    for lines, status in (([""], 400), (["a b"], 400), (["a", "a"], 400),
                          ([], 401)):
        with Wire(site.port) as wire:
            answer = wire.ask(request(
                headers=[f"X-Refresh-Token: {one}" for one in lines]))
        assert answer.status == status, lines
    assert not pool.count("token")


def test_refresh_token_is_judged_over_http2(refreshing, refresh_token):
    site = refreshing()
    with H2(site.ports["PORT2"]) as h2:
        good, bad = h2.wait(
            h2.request("/", headers=[("x-refresh-token", refresh_token)]),
            h2.request("/", headers=[("x-refresh-token", "wrong")]))
    assert (good.status, bad.status) == (200, 401)


def test_throttled_refresh_is_503(refreshing, refresh_token, pool):
    """AC-410."""
    site = refreshing()
    pool.faults(**{"token.refresh_token": {"mode": "throttle"}})
    assert show(site, refresh_token).status == 503
    pool.faults(**{"token.refresh_token": None})
    eventually(lambda: show(site, refresh_token).status == 200, 10, 0.2)
