# SPDX-License-Identifier: Apache-2.0
"""People without a browser: name and password by Basic."""

import ssl

import pytest

from gateway import eventually, polling
from h2wire import H2
from tls import Certificate
from visitor import NAVIGATION, basic, send
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
            auth_oidc_set_header X-Email $oidc_claim_email;
            auth_oidc_set_header X-Scope $oidc_scope;
            @RULE@
            proxy_pass http://@UPSTREAM@;
        }
        location /id/ {
            auth_oidc_upstream_token id;
            proxy_pass http://@UPSTREAM@;
        }
    }
"""
PLAIN = {"MORE": "password_over_http on;", "METHODS": "password"}
SIGN_IN = "api.InitiateAuth"
TWO = "worker_processes 2;"


@pytest.fixture
def jane(pool):
    user = pool.user()
    return basic(user["username"], user["password"])


WRONG = basic("jane", "yesterdays-password")


def ask(site, credential, path="/"):
    return send("GET", site.url(path), credential, timeout=60)


def refused(answer, status=401):
    assert answer.status == status, answer
    assert answer.reason == "credentials_refused"
    assert answer.challenge.startswith(
        'Bearer realm="127.0.0.1", error="invalid_token"')


# --- good -------------------------------------------------------------------

def test_user_name_and_password_are_exchanged_for_tokens(
        gateway, pool, jane, upstream):
    site = gateway(SITE, **PLAIN)
    answer = ask(site, jane)
    assert answer.status == 200
    assert answer.sent("X-Seen") == ["1/password"]
    assert answer.sent("X-User") == ["jane"]
    assert answer.sent("X-Email") == ["jane@example.com"]
    assert answer.sent("X-Scope") == ["aws.cognito.signin.user.admin"]
    assert answer.sent("Authorization")[0].startswith("Bearer eyJ")
    assert not answer.set_cookies
    assert jane["Authorization"] not in str(upstream.requests)


def test_password_request_to_cognito_is_initiate_auth(gateway, pool, jane):
    site = gateway(SITE, **PLAIN)
    ask(site, jane)
    call, = pool.calls("api")
    assert call["headers"]["content-type"] == "application/x-amz-json-1.1"
    assert call["headers"]["x-amz-target"] == \
        "AWSCognitoIdentityProviderService.InitiateAuth"
    assert '"SECRET_HASH"' in call["body"]
    assert "authorization" not in call["headers"]


def test_password_request_of_a_public_client_has_no_secret_hash(
        gateway, pool, jane):
    site = gateway(SITE, **PLAIN, PROVIDER="issuer @ISSUER@; profile cognito;"
                   f"client_id {pool.client('public')['id']};")
    assert ask(site, jane).status == 200
    assert "SECRET_HASH" not in pool.calls("api")[0]["body"]


def test_upstream_token_id_sends_the_id_token(gateway, jane):
    site = gateway(SITE, **PLAIN)
    first = ask(site, jane).sent("Authorization")
    second = ask(site, jane, "/id/").sent("Authorization")
    assert second[0].startswith("Bearer eyJ") and second != first


def test_group_rule_is_enforced_for_a_password(gateway, pool, jane):
    john = pool.user("john")
    site = gateway(SITE, **PLAIN, RULE="auth_oidc_require_group admins;")
    assert ask(site, jane).status == 200
    assert ask(site, basic("john", john["password"])).status == 403


def test_password_is_judged_over_http2(gateway, jane):
    site = gateway(SITE, **PLAIN)

    def heads(credential):
        return [(name.lower(), value) for name, value in credential.items()]
    with H2(site.ports["PORT2"]) as h2:
        answers = h2.wait(h2.request("/", headers=heads(jane)),
                          h2.request("/", headers=heads(WRONG)),
                          h2.request("/"),
                          h2.request("/", headers=[("authorization",
                                                    "Basic M")]))
    assert [one.status for one in answers] == [200, 401, 401, 400]


# --- over http --------------------------------------------------------------

OVER_TLS = """
    oidc_provider cognito { @PROVIDER@ @MORE@ }
    server {
        listen 127.0.0.1:@PORT@;
        listen 127.0.0.1:@PORT2@ ssl;
        @TLS@
        location / {
            auth_oidc cognito;
            auth_oidc_methods password;
            proxy_pass http://@UPSTREAM@;
        }
    }
"""


def test_password_over_plain_http_is_403(
        gateway, pool, jane, tmp_path, upstream):
    tls = Certificate(tmp_path, "localhost", "127.0.0.1")
    site = gateway(OVER_TLS, TLS=tls.for_nginx())
    answer = ask(site, jane)
    assert answer.status == 403
    assert answer.reason == "password_insecure"
    assert not upstream.requests and not pool.count("api")
    safe = send("GET", site.url("/", "PORT2", "https"), jane,
                tls=ssl.create_default_context(cafile=tls.cert))
    assert safe.status == 200
    assert ask(site, jane).status == 403, "known or not"


def test_password_behind_an_https_base_url_is_accepted(gateway, jane, tmp_path):
    tls = Certificate(tmp_path, "localhost")
    site = gateway(OVER_TLS, TLS=tls.for_nginx(),
                   MORE="base_url https://app.example;")
    assert ask(site, jane).status == 200


# --- bad --------------------------------------------------------------------

def test_wrong_password_is_401(gateway, pool, upstream):
    site = gateway(SITE, **PLAIN)
    refused(ask(site, WRONG))
    assert not upstream.requests


@pytest.mark.parametrize("who, password", [
    ("nobody", "x"), ("unconfirmed", "Not-yet-4"), ("reset", "Forgotten-5"),
    ("disabled", "Gone-away-6"), ("newcomer", "Temporary-3"),
    ("totp", "Two-factors-7"), ("Google_104511110000", "x"),
    ("jane", "correct-horse1"), ("jane", "Correct-horse1 "),
    ("jane", "Correct-horse"), ("jane", "ü")])
def test_unknown_disabled_or_challenged_user_is_refused(
        gateway, pool, upstream, who, password):
    """Unknown, unready and disabled users, and every challenge."""
    site = gateway(SITE, **PLAIN)
    refused(ask(site, basic(who, password)))
    assert not upstream.requests


@pytest.mark.parametrize("value", ["Basic", "Basic ", "Basic M", "Basic MQ==",
                                   "Basic amFuZQ==", "Basic amFuZTo=,"])
def test_malformed_user_and_password_is_400(gateway, pool, value):
    site = gateway(SITE, **PLAIN)
    with Wire(site.port) as wire:
        answer = wire.ask(request(headers=[f"Authorization: {value}"]))
    assert answer.status == 400
    assert not pool.count("api")


def test_request_without_a_password_is_401(gateway):
    site = gateway(SITE, **PLAIN)
    answer = ask(site, NAVIGATION)
    assert answer.status == 401
    assert answer.challenge == 'Bearer realm="127.0.0.1"'


@pytest.mark.parametrize("more", [
    "client_secret wrong-secret-of-our-own;", "client_id nobodys;"])
def test_misconfigured_client_is_500(gateway, pool, jane, more):
    site = gateway(SITE, PROVIDER="issuer @ISSUER@; profile cognito; "
                   "client_secret @CLIENT_SECRET@; client_id @CLIENT_ID@;"
                   .replace(f"{more.split()[0]} @{more.split()[0].upper()}@;",
                            more), **PLAIN)
    answer = ask(site, jane)
    assert answer.status == 500
    assert answer.reason == "client_refused"
    assert "client_refused" in site.said("client_refused")


def test_password_flow_not_enabled_at_cognito_is_500(gateway, pool, jane):
    pool.control("POST", "/clients", {"id": pool.client()["id"],
                                      "explicit_auth_flows": []})
    site = gateway(SITE, **PLAIN)
    assert ask(site, jane).status == 500


# --- a stale password -------------------------------------------------------

def test_polling_with_a_stale_password_does_not_lock_the_user(
        gateway, pool, jane):
    site = gateway(SITE, main=TWO, **PLAIN)
    for _ in range(30):
        refused(ask(site, WRONG))
    assert pool.count("api") <= 3
    assert ask(site, jane).status == 200


@pytest.mark.slow
def test_polling_with_a_stale_password_asks_once_in_seconds(gateway, pool):
    site = gateway(SITE, **PLAIN)
    for _ in polling(6):
        refused(ask(site, WRONG))
    assert pool.count("api") in (2, 3)


def test_repeated_password_makes_one_provider_call(gateway, pool, jane):
    site = gateway(SITE, main=TWO, **PLAIN)
    assert {ask(site, jane).status for _ in range(30)} == {200}
    assert pool.count("api") == 1


def test_throttled_password_request_is_503_and_not_cached(gateway, pool, jane):
    """AC-410: Cognito says it with status 400."""
    site = gateway(SITE, **PLAIN)
    pool.faults(**{SIGN_IN: {"mode": "throttle"}})
    answer = ask(site, jane)
    assert answer.status == 503
    assert answer.reason == "idp_throttled"
    assert answer.headers["Retry-After"]
    pool.faults(**{SIGN_IN: None})
    eventually(lambda: ask(site, jane).status == 200, 10, 0.2)


@pytest.mark.parametrize("mode", ["reset", "status", "garbage", "html",
                                  "empty", "cut"])
def test_faulty_password_response_is_503(gateway, pool, jane, mode):
    site = gateway(SITE, **PLAIN)
    pool.faults(**{SIGN_IN: {"mode": mode}})
    assert ask(site, jane).status == 503
    pool.faults(**{SIGN_IN: None})
    eventually(lambda: ask(site, jane).status == 200, 10, 0.2)


# --- both kinds of Basic ----------------------------------------------------

def test_user_name_selects_client_credentials_or_password(gateway, pool, jane):
    site = gateway(SITE, **{**PLAIN,
                            "METHODS": "client_credentials password"})
    machine = pool.client("machine")
    answer = ask(site, basic(machine["id"], machine["secret"]))
    assert answer.sent("X-Seen") == ["1/client_credentials"]
    assert ask(site, jane).sent("X-Seen") == ["1/password"]
    assert (pool.count("token"), pool.count("api")) == (1, 1)


def test_refused_credential_is_not_tried_by_the_other_method(gateway, pool):
    site = gateway(SITE, **{**PLAIN,
                            "METHODS": "client_credentials password"})
    refused(ask(site, basic(pool.client("machine")["id"], "wrong")))
    assert (pool.count("token"), pool.count("api")) == (1, 0)
    refused(ask(site, WRONG))
    assert (pool.count("token"), pool.count("api")) == (1, 1)
