# SPDX-License-Identifier: Apache-2.0
"""What five guides (S1 to S5) show with Kong and APISIX at Amazon Cognito, as
it looks here."""

import base64
import json
import re
from pathlib import Path

import pytest

from sites import SITE
from tls import Certificate
from visitor import SESSION, bearer, query_of, send

KONG_TOKEN = (  # S2: client credentials, issued and expired in 2023
    "eyJraWQiOiJjcWRjZHZISEZxS2VxRUdicndCVThaRmkyUGhZVythSEtuT0pqSVJzXC8yYz0i"
    "LCJhbGciOiJSUzI1NiJ9.eyJzdWIiOiI3M284aDk5YXQ3anRuZXZ2bjRiNjB1c2xiMCIsInR"
    "va2VuX3VzZSI6ImFjY2VzcyIsInNjb3BlIjoia29uZ3Jlc291cmNlXC9zY29wZTEiLCJhdXR"
    "oX3RpbWUiOjE2OTM1NzY0MTgsImlzcyI6Imh0dHBzOlwvXC9jb2duaXRvLWlkcC51cy13ZXN"
    "0LTEuYW1hem9uYXdzLmNvbVwvdXMtd2VzdC0xX2JoZ2lKbGtRdSIsImV4cCI6MTY5MzU4MDA"
    "xOCwiaWF0IjoxNjkzNTc2NDE4LCJ2ZXJzaW9uIjoyLCJqdGkiOiJlZDY1NjIwMC0wYTAzLTQ"
    "yYjQtOWYxYy00ZDdkMzViOWRmZjciLCJjbGllbnRfaWQiOiI3M284aDk5YXQ3anRuZXZ2bjR"
    "iNjB1c2xiMCJ9.T0C3KxLbSg4PAEZ3-9VyLuRZO-7hfGPOyu_Zm6iYiqIR73yg7ZRUKgsfPg"
    "I3qCaxSIKGmA0v21co-dEl0MfV9Z4CaEr6BAMW8v20wDQkPgfHWpG4Q4X9MsBG09r36CSGRs"
    "HZNLo7StCZxMqek-Cb7IEAxV9emVhBG6GM9Wy-HreZdxdKr3jBFL_SUlReDporg0e4KS0EI3"
    "Z2HsGGj_ZsUuwdICa2evTuXtrvlXCHuKn6YX5QtPxh9zV-cQ4UgicIJH5Kah-sbuPgRSZcaS"
    "vyXgNYT9lnJTd85siDkAPL4M31_xB-Iyfs0_zJm9FfoqvhN162ap0YV4pyj4Hgukse_g")
APISIX_TOKEN = (  # S5: client credentials, issued and expired in 2024
    "eyJraWQiOiJoOGhya3pDVkx4Y1ZUaXJONmZKZ2FtbjFScGtKNTBsQVV2cDRzdDEzbkJjPSIs"
    "ImFsZyI6IlJTMjU2In0.eyJzdWIiOiIxbmg5MXEwcTFiZ2ltYjdwYzc5dWgyYnRxZSIsInRv"
    "a2VuX3VzZSI6ImFjY2VzcyIsInNjb3BlIjoiZGVmYXVsdC1tMm0tcmVzb3VyY2Utc2VydmVy"
    "LWhseWt5M1wvcmVhZCIsImF1dGhfdGltZSI6MTczMzM4NDE0NCwiaXNzIjoiaHR0cHM6XC9c"
    "L2NvZ25pdG8taWRwLmFwLW5vcnRoZWFzdC0zLmFtYXpvbmF3cy5jb21cL2FwLW5vcnRoZWFz"
    "dC0zX21TZnVoUHpobSIsImV4cCI6MTczMzM4Nzc0NCwiaWF0IjoxNzMzMzg0MTQ0LCJ2ZXJz"
    "aW9uIjoyLCJqdGkiOiJmMmMxOWFjNy04YWNmLTQ3NDUtYjQ4MS05MDFkZDFhZWM2OTMiLCJj"
    "bGllbnRfaWQiOiIxbmg5MXEwcTFiZ2ltYjdwYzc5dWgyYnRxZSJ9.a89gU2BYFGX-qKMx85Z"
    "BMQ8Ik1FWekg1Ci-0z5d6MMTiV0AWfY17nxrD9nbSxNyrxzm1dVU4Ah6nOaqwqnBfUMplfy0"
    "FL3L-YmFjNoTzGe3NIFGZe4QjZcubf--r5Px7kY2ESsYZgNCUX6v5X123uuHfqG0Ugd0nkFW"
    "UKIbAYjVjlAzBpnQh2nqhg0Q99Bm-QSYZM4pM8ClxZ1haaOL8f1WrlGwRUAqYmEgeU4M0ldI"
    "i-7Oe0vhXsW8sK6c3Wdd6aH0z2L-9lgj7n9sw5gDlq6yy5lvmDKnZy-lSGo_9i-h7XVk2WdY"
    "Kf1pF5IBpBboiEtBvPrZXCK_L8lK2GshdMg")


# What a gateway does, and the tests that show it here.
BEHAVIOURS = {
    "a location without protection adds nothing":
        {"unprotected_location_adds_no_headers",
         "unprotected_location_keeps_the_authorization_header"},
    "Cognito's metadata, of 2023 and of today":
        {"both_forms_of_cognito_metadata_are_accepted"},
    "Basic 1:1 is 401 with a challenge, and the upstream is not called":
        {"wrong_client_id_and_secret_are_401"},
    "Basic id:secret becomes a Bearer for the upstream":
        {"client_id_and_secret_are_exchanged_for_a_token"},
    "Cognito's access token, as odd as it is":
        {"cognito_access_token_is_accepted_in_its_odd_shape"},
    "a browser goes to the hosted UI":
        {"browser_is_redirected_to_the_hosted_ui"},
    "the code comes back and is exchanged":
        {"login_at_the_protected_url_sends_a_token_upstream",
         "login_returns_to_the_requested_page"},
    "the session carries the access token":
        {"session_sends_the_access_token_upstream"},
    "a valid bearer token 200, an invalid one 401":
        {"valid_bearer_token_is_200_without_a_provider_call",
         "invalid_bearer_token_is_401"},
    "the token endpoint's question and answer":
        {"token_request_is_client_credentials_by_basic",
         "token_response_has_lifetime_and_type"},
    "callbacks: https, http on localhost, several of them":
        {"callback_over_https_is_accepted",
         "callback_over_http_on_localhost_is_accepted",
         "several_redirect_uris_are_answered"},
    "a whole logout needs the provider's own":
        {"logout_makes_the_provider_ask_for_the_password_again"},
    "only people we know, others see the forbidden page":
        {"unlisted_user_is_redirected_to_the_forbidden_page"},
    "public and confidential clients":
        {"public_client_logs_in_without_a_secret",
         "confidential_client_logs_in_with_basic"},
    "refresh tokens of 30 days, revoked at the end":
        {"session_outlives_many_refreshes",
         "logout_revokes_the_refresh_token"},
    "each kind of credential":
        {"active_opaque_token_is_accepted",
         "refresh_token_of_a_caller_is_accepted",
         "user_name_and_password_are_exchanged_for_tokens"},
    "authorization code with PKCE, in six steps":
        {"authorization_code_flow_takes_six_steps"},
    "e-mail and names":
        {"user_attributes_are_sent_in_headers"},
    "other methods of a gateway, beside this one":
        {"satisfy_any_admits_by_auth_basic_or_token"},
}
TESTS = {name for path in Path(__file__).parents[1].rglob("test_*.py")
         for name in re.findall(r"^def test_(\w+)\(", path.read_text(), re.M)}


def part(token, number):
    text = token.split(".")[number]
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def machine_token(pool, scope="kongresource/scope1"):
    """As S5 gets one: a form with id and secret in its body."""
    client = pool.client()
    answer = send(
        "POST", pool.domain_url + "/oauth2/token",
        {"Content-Type": "application/x-www-form-urlencoded"},
        f"grant_type=client_credentials&client_id={client['id']}&"
        f"client_secret={client['secret']}&scope={scope}")
    assert answer.status == 200, answer
    return answer.json


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_each_gateway_behaviour_has_a_test(behaviour):
    assert BEHAVIOURS[behaviour] <= TESTS, BEHAVIOURS[behaviour] - TESTS


def test_unprotected_location_adds_no_headers(gateway, visitor):
    site = gateway(SITE)
    answer = visitor.get(site.url("/open/"))
    assert answer.status == 200
    assert answer.sent("Authorization") == []
    assert not answer.set_cookies
    assert answer.headers["WWW-Authenticate"] is None


def test_unprotected_location_keeps_the_authorization_header(gateway, visitor):
    site = gateway(SITE)
    answer = visitor.get(site.url("/open/"), Authorization="Basic MToy")
    assert answer.sent("Authorization") == ["Basic MToy"]


DOCUMENT_OF_2023 = {
    "authorization_endpoint", "id_token_signing_alg_values_supported",
    "issuer", "jwks_uri", "response_types_supported", "scopes_supported",
    "subject_types_supported", "token_endpoint",
    "token_endpoint_auth_methods_supported", "userinfo_endpoint"}


@pytest.mark.parametrize("form, more", [
    ("pre_2024", set()),
    ("current", {"end_session_endpoint", "revocation_endpoint"})])
def test_both_forms_of_cognito_metadata_are_accepted(
        gateway, pool, visitor, form, more):
    """Both forms of the document, with login and bearer on each."""
    pool.settings(discovery=form)
    document = send("GET", pool.issuer +
                    "/.well-known/openid-configuration").json
    assert set(document) == DOCUMENT_OF_2023 | more
    site = gateway(SITE)
    assert visitor.open(site.url("/")).status == 200
    assert send("GET", site.url("/"),
                bearer(pool.issue())).status == 200


def test_cognito_access_token_is_accepted_in_its_odd_shape(
        gateway, pool, fresh_keys):
    """The kid's slash escaped, its end a =, no aud: taken all the same."""
    site = gateway(SITE, RULE="auth_oidc_require_scope kongresource/scope1;")
    token = machine_token(pool)["access_token"]
    while rb"\/" not in part(token, 0):
        pool.keys(action="rotate")
        token = machine_token(pool)["access_token"]
    assert b'="' in part(token, 0)
    assert rb"kongresource\/scope1" in part(token, 1)
    claims = json.loads(part(token, 1))
    assert set(claims) == {"sub", "token_use", "scope", "auth_time", "iss",
                           "exp", "iat", "version", "jti", "client_id"}
    assert send("GET", site.url("/"), bearer(token)).status == 200


def test_browser_is_redirected_to_the_hosted_ui(gateway, pool, visitor):
    pool.settings(auto_login=None)
    page = visitor.open(gateway(SITE).url("/"))
    assert page.url.startswith(pool.domain_url)
    assert 'name="password"' in page.text


def test_login_at_the_protected_url_sends_a_token_upstream(
        gateway, pool, visitor):
    site = gateway(SITE, MORE="redirect_uri /protected;")
    pool.allow(site.url("/protected"))
    answer = visitor.open(site.url("/protected"))
    assert answer.status == 200
    [authorization] = answer.sent("Authorization")
    claims = json.loads(part(authorization.removeprefix("Bearer "), 1))
    assert claims["token_use"] == "access"


def test_login_returns_to_the_requested_page(
        gateway, pool, visitor):
    site = gateway(SITE, MORE="redirect_uri /anything/callback;")
    pool.allow(site.url("/anything/callback"))
    answer = visitor.open(site.url("/anything/x?y=z"))
    assert (answer.status, answer.url) == (200, site.url("/anything/x?y=z"))
    assert pool.calls("token")[0]["form"]["grant_type"] == \
        "authorization_code"


def test_session_sends_the_access_token_upstream(gateway, visitor, store):
    site = gateway(SITE, MORE=store)
    sent = [visitor.open(site.url("/")).sent("Authorization")]
    sent += [visitor.get(site.url(f"/{i}")).sent("Authorization")
             for i in range(3)]
    assert sent[0] and sent == [sent[0]] * 4


def test_valid_bearer_token_is_200_without_a_provider_call(gateway, pool):
    """use_jwks: verified here, no call for each request."""
    site = gateway(SITE)
    token = machine_token(pool)["access_token"]
    assert send("GET", site.url("/"), bearer(token)).status == 200
    calls = pool.counters()
    for _ in range(5):
        assert send("GET", site.url("/"), bearer(token)).status == 200
    assert pool.counters() == calls


def test_invalid_bearer_token_is_401(gateway):
    answer = send("GET", gateway(SITE).url("/"), bearer("invalid_token"))
    assert answer.status == 401


def test_token_response_has_lifetime_and_type(pool):
    """What the emulator says is what the guides show."""
    answer = machine_token(pool)
    assert answer["expires_in"] == 3600
    assert answer["token_type"] == "Bearer"


def test_callback_over_https_is_accepted(gateway, visitor, tmp_path):
    tls = Certificate(tmp_path, "127.0.0.1").for_nginx()
    site = gateway(SITE.replace("@PORT@;", "@PORT@ ssl; @TLS@"), TLS=tls)
    answer = visitor.open(site.url("/", scheme="https"))
    assert answer.status == 200
    assert f"__Host-{SESSION}" in visitor.jar.names()


def test_callback_over_http_on_localhost_is_accepted(gateway, pool, visitor):
    site = gateway(SITE)
    here = f"http://localhost:{site.port}"
    pool.allow(here + "/oidc_callback")
    assert visitor.open(here + "/x").url == here + "/x"


def test_several_redirect_uris_are_answered(gateway, pool, visitor):
    """The first one is sent, all of them are answered."""
    site = gateway(SITE, MORE="redirect_uri /one /two;")
    pool.allow(site.url("/one"), site.url("/two"))
    url = visitor.callback_for(site.url("/"))
    assert url.startswith(site.url("/one"))
    assert visitor.get(url.replace("/one?", "/two?")).status == 302


def test_logout_makes_the_provider_ask_for_the_password_again(
        gateway, pool, visitor):
    """After it the provider asks for the password again."""
    pool.settings(auto_login=None)
    site = gateway(SITE, MORE="logout_uri /logout;")
    visitor.submit(visitor.open(site.url("/")), username="jane",
                   password=pool.user("jane")["password"])
    visitor.open(site.url("/logout"))
    assert 'name="password"' in visitor.open(site.url("/")).text


CONSUMERS = """
    map $oidc_claim_email $is_known {
        jane@example.com 1;
        default "";
    }
"""
FORBIDDEN = """
    auth_oidc_require $is_known;
    error_page 403 =302 /unauthorized;
"""


@pytest.mark.parametrize("who, status", [("jane", 200), ("john", 302)])
def test_unlisted_user_is_redirected_to_the_forbidden_page(
        gateway, pool, visitor, who, status):
    """consumer_by and forbidden_redirect_uri: a map and an error_page."""
    pool.settings(auto_login=who)
    site = gateway(CONSUMERS + SITE.replace("location /open/", """
        location = /unauthorized { return 302 /open/sorry; }
        location /open/"""), RULE=FORBIDDEN)
    answer = visitor.get(visitor.callback_for(site.url("/")))
    answer = visitor.get(site.url("/"))
    assert answer.status == status
    if status == 302:
        assert answer.location == site.url("/open/sorry")


@pytest.mark.parametrize("secret", ["", 'client_secret "";'])
def test_public_client_logs_in_without_a_secret(gateway, pool, visitor, secret):
    """A blank secret is none."""
    provider = f"""issuer @ISSUER@; profile cognito;
        client_id {pool.client('public')['id']}; {secret}"""
    site = gateway(SITE, PROVIDER=provider)
    pool.allow(site.url("/oidc_callback"), client="public")
    assert visitor.open(site.url("/")).status == 200
    assert pool.calls("token")[0]["basic"] is None


def test_confidential_client_logs_in_with_basic(gateway, pool, visitor):
    assert visitor.open(gateway(SITE).url("/")).status == 200
    assert pool.calls("token")[0]["basic"] is not None


def test_authorization_code_flow_takes_six_steps(gateway, pool, visitor):
    """Request, redirect, login, redirect with code, exchange, proxying."""
    site = gateway(SITE)
    answer = visitor.open(site.url("/page"))
    assert [step.status for step in answer.history][-1] == 302
    paths = [re.sub(r"https?://([^/?]*)([^?]*).*", r"\2", step.url)
             for step in [*answer.history, answer]]
    assert paths[:2] == ["/page", "/oauth2/authorize"]
    assert paths[-2:] == ["/oidc_callback", "/page"]
    assert pool.count("token.authorization_code") == 1
    assert "code_verifier" in pool.calls("token")[0]["form"]


def test_user_attributes_are_sent_in_headers(gateway, visitor):
    headers = "".join(
        f"auth_oidc_set_header X-{name.replace('_', '-')} "
        f"$oidc_claim_{name};" for name in
        ("email", "given_name", "family_name"))
    site = gateway(SITE, MORE='scope "openid email profile";', RULE=headers)
    answer = visitor.open(site.url("/"))
    assert answer.sent("X-email") == ["jane@example.com"]
    assert answer.sent("X-given-name") == ["Jane"]
    assert answer.sent("X-family-name") == ["Doe"]


REAL = """
    oidc_provider real {
        issuer @REAL_ISSUER@;
        authorization_endpoint https://auth.example/oauth2/authorize;
        token_endpoint https://auth.example/oauth2/token;
        jwks_uri @ISSUER@/.well-known/jwks.json;
        client_id @REAL_CLIENT@;
    }
    server {
        listen 127.0.0.1:@PORT@;
        location / {
            auth_oidc real;
            auth_oidc_methods bearer;
            proxy_pass http://@UPSTREAM@;
        }
    }
"""


@pytest.mark.parametrize("token", [KONG_TOKEN, APISIX_TOKEN],
                         ids=["S2", "S5"])
def test_recorded_token_is_refused_for_its_unknown_key(
        gateway, token, upstream):
    """Never as malformed."""
    claims = json.loads(part(token, 1))
    site = gateway(REAL, REAL_ISSUER=claims["iss"],
                   REAL_CLIENT=claims["client_id"])
    answer = send("GET", site.url("/"), bearer(token))
    assert (answer.status, answer.reason) == (401, "unknown_kid")
    assert not upstream.requests
