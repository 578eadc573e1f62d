"""The mission's rows: what the guides behind it show with Kong and APISIX
(S1 to S5), as it looks here. Named after the rows."""

import base64
import json
import re

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


# --- behaviours --------------------------------------------------------------

def test_row_01_unprotected(gateway, visitor):
    site = gateway(SITE)
    answer = visitor.get(site.url("/open/"))
    assert answer.status == 200
    assert answer.sent("Authorization") == []
    assert not answer.set_cookies
    assert answer.headers["WWW-Authenticate"] is None


def test_row_01_unprotected_keeps_the_clients_header(gateway, visitor):
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
def test_row_02_discovery(gateway, pool, visitor, form, more):
    """Both forms of the document, with login and bearer on each."""
    pool.settings(discovery=form)
    document = send("GET", pool.issuer +
                    "/.well-known/openid-configuration").json
    assert set(document) == DOCUMENT_OF_2023 | more
    site = gateway(SITE)
    assert visitor.open(site.url("/")).status == 200
    assert send("GET", site.url("/"),
                bearer(pool.issue())).status == 200


def test_row_05_token_shape(gateway, pool, fresh_keys):
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


def test_row_06_browser_goes_to_the_hosted_ui(gateway, pool, visitor):
    pool.settings(auto_login=None)
    page = visitor.open(gateway(SITE).url("/"))
    assert page.url.startswith(pool.domain_url)
    assert 'name="password"' in page.text


def test_row_07_s2_request_reaches_the_upstream_with_a_token(
        gateway, pool, visitor):
    site = gateway(SITE, MORE="redirect_uri /protected;")
    pool.allow(site.url("/protected"))
    answer = visitor.open(site.url("/protected"))
    assert answer.status == 200
    [authorization] = answer.sent("Authorization")
    claims = json.loads(part(authorization.removeprefix("Bearer "), 1))
    assert claims["token_use"] == "access"


def test_row_07_s5_browser_ends_on_the_page_asked_for(
        gateway, pool, visitor):
    site = gateway(SITE, MORE="redirect_uri /anything/callback;")
    pool.allow(site.url("/anything/callback"))
    answer = visitor.open(site.url("/anything/x?y=z"))
    assert (answer.status, answer.url) == (200, site.url("/anything/x?y=z"))
    assert pool.calls("token")[0]["form"]["grant_type"] == \
        "authorization_code"


def test_row_08_session_carries_the_access_token(gateway, visitor, store):
    site = gateway(SITE, MORE=store)
    sent = [visitor.open(site.url("/")).sent("Authorization")]
    sent += [visitor.get(site.url(f"/{i}")).sent("Authorization")
             for i in range(3)]
    assert sent[0] and sent == [sent[0]] * 4


def test_row_09_s5_bearer_valid_200(gateway, pool):
    """use_jwks: verified here, no call for each request."""
    site = gateway(SITE)
    token = machine_token(pool)["access_token"]
    assert send("GET", site.url("/"), bearer(token)).status == 200
    calls = pool.counters()
    for _ in range(5):
        assert send("GET", site.url("/"), bearer(token)).status == 200
    assert pool.counters() == calls


def test_row_09_s5_bearer_invalid_401(gateway):
    answer = send("GET", gateway(SITE).url("/"), bearer("invalid_token"))
    assert answer.status == 401


def test_row_10_token_endpoint(pool):
    """What the emulator says is what the guides show."""
    answer = machine_token(pool)
    assert answer["expires_in"] == 3600
    assert answer["token_type"] == "Bearer"


def test_row_11_callbacks_over_https(gateway, visitor, tmp_path):
    tls = Certificate(tmp_path, "127.0.0.1").for_nginx()
    site = gateway(SITE.replace("@PORT@;", "@PORT@ ssl; @TLS@"), TLS=tls)
    answer = visitor.open(site.url("/", scheme="https"))
    assert answer.status == 200
    assert f"__Host-{SESSION}" in visitor.jar.names()


def test_row_11_http_on_localhost(gateway, pool, visitor):
    site = gateway(SITE)
    here = f"http://localhost:{site.port}"
    pool.allow(here + "/oidc_callback")
    assert visitor.open(here + "/x").url == here + "/x"


def test_row_11_several_callbacks(gateway, pool, visitor):
    """The first one is sent, all of them are answered."""
    site = gateway(SITE, MORE="redirect_uri /one /two;")
    pool.allow(site.url("/one"), site.url("/two"))
    url = visitor.callback_for(site.url("/"))
    assert url.startswith(site.url("/one"))
    assert visitor.get(url.replace("/one?", "/two?")).status == 302


def test_row_12_logout_at_the_provider(gateway, pool, visitor):
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
def test_row_13_people_we_know(gateway, pool, visitor, who, status):
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
def test_row_14_public_client(gateway, pool, visitor, secret):
    """A blank secret is none."""
    provider = f"""issuer @ISSUER@; profile cognito;
        client_id {pool.client('public')['id']}; {secret}"""
    site = gateway(SITE, PROVIDER=provider)
    pool.allow(site.url("/oidc_callback"), client="public")
    assert visitor.open(site.url("/")).status == 200
    assert pool.calls("token")[0]["basic"] is None


def test_row_14_confidential_client(gateway, pool, visitor):
    assert visitor.open(gateway(SITE).url("/")).status == 200
    assert pool.calls("token")[0]["basic"] is not None


def test_row_17_six_steps(gateway, pool, visitor):
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


def test_row_18_attributes(gateway, visitor):
    headers = "".join(
        f"auth_oidc_set_header X-{name.replace('_', '-')} "
        f"$oidc_claim_{name};" for name in
        ("email", "given_name", "family_name"))
    site = gateway(SITE, MORE='scope "openid email profile";', RULE=headers)
    answer = visitor.open(site.url("/"))
    assert answer.sent("X-email") == ["jane@example.com"]
    assert answer.sent("X-given-name") == ["Jane"]
    assert answer.sent("X-family-name") == ["Doe"]


# --- options -----------------------------------------------------------------

@pytest.mark.parametrize("issuer", [
    "issuer @ISSUER@;", "issuer @ISSUER@/.well-known/openid-configuration;",
    "cognito_user_pool @POOL_ID@ endpoint=@SERVICE@;",
    "cognito_user_pool @POOL_ID@ endpoint=@SERVICE@/;",
    "issuer @ISSUER@; "
    "config_url @ISSUER@/.well-known/openid-configuration;"])
def test_option_issuer(gateway, pool, visitor, issuer):
    """S1, S2, S3: by discovery URL or pool root; S5: discovery."""
    site = gateway(SITE, PROVIDER=issuer + """ profile cognito;
        client_id @CLIENT_ID@; client_secret @CLIENT_SECRET@;""")
    assert visitor.open(site.url("/")).status == 200
    assert send("GET", site.url("/"), bearer(pool.issue())).status == 200


@pytest.mark.parametrize("path", ["/", "/protected", "/default/auth",
                                  "/anything/callback"])
def test_option_redirect_uri(gateway, pool, visitor, path):
    """S1, S3, S5: below it; S2: the protected URL itself."""
    site = gateway(SITE, MORE=f"redirect_uri {path};")
    pool.allow(site.url(path))
    answer = visitor.open(site.url("/protected"))
    assert answer.status == 200
    assert answer.url == site.url("/protected")


def test_option_redirect_uri_is_an_ordinary_page_too(gateway, pool, visitor):
    """S2: with parameters of its own, once logged in and before."""
    site = gateway(SITE, MORE="redirect_uri /protected;")
    pool.allow(site.url("/protected"))
    for query in ("", "?a=1", "?state=ny", "?code=7"):
        assert visitor.open(site.url("/protected" + query)).json["uri"] == \
            "/protected" + query


def test_option_scope_with_a_slash(gateway, pool, visitor):
    """S2: also where it is asked for at the authorization endpoint."""
    scopes = "openid kongresource/scope1"
    site = gateway(SITE, MORE=f'scope "{scopes}";',
                   RULE="auth_oidc_require_scope kongresource/scope1;")
    url = visitor.start(site.url("/"))
    assert query_of(url)["scope"] == scopes
    visitor.jar.clear()
    assert visitor.open(site.url("/")).status == 200


@pytest.mark.parametrize("scope", [
    "openid profile email", "openid email phone",
    "openid aws.cognito.signin.user.admin"])
def test_option_scopes_of_the_guides(gateway, visitor, scope):
    site = gateway(SITE, MORE=f'scope "{scope}";')
    assert visitor.open(site.url("/")).status == 200


def test_option_leeway_100(gateway, pool):
    """S1, S3."""
    site = gateway(SITE, MORE="leeway 100;")
    assert [send("GET", site.url("/"), bearer(pool.issue(
        expires_in=-late))).status for late in (90, 120)] == [200, 401]


def test_option_logout_query_arg(gateway, pool, visitor):
    """S1, S3: logout_query_arg logout, logout_methods GET, and on to
    Cognito's logout_redirect_uri."""
    site = gateway(SITE, MORE="logout_query_arg logout; logout_methods GET;")
    visitor.open(site.url("/"))
    answer = visitor.get(site.url("/?logout=1"))
    assert query_of(answer.location) == {
        "client_id": pool.client()["id"], "logout_uri": site.url("/")}


def test_option_login_redirect_uri(gateway, visitor):
    """S1, S3: login_action redirect; no tokens in the address."""
    site = gateway(SITE, RULE="auth_oidc_login_redirect_uri /portal;")
    answer = visitor.open(site.url("/x"))
    assert answer.url == site.url("/portal")


def test_option_login_tokens_empty(gateway, visitor, pool):
    """S1, S3: no token in any address or page of ours."""
    site = gateway(SITE)
    answer = visitor.open(site.url("/x"))
    secrets = pool.secrets()
    for step in answer.history:
        if step.url.startswith(site.url("/")):
            shown = (step.location or "") + step.text
            assert not [one for one in secrets if one in shown]


def test_option_consumer_claim(gateway, visitor):
    """S1, S3: consumer_claim email."""
    site = gateway(SITE, MORE="user_claim email;")
    assert visitor.open(site.url("/")).sent("X-User") == ["jane@example.com"]


def test_option_auth_methods_blank(gateway, pool, visitor):
    """S1, S3: every flow enabled."""
    site = gateway(SITE, RULE="auth_oidc_methods all;")
    assert visitor.open(site.url("/")).status == 200
    assert send("GET", site.url("/"), bearer(pool.issue())).status == 200


ATTACHED = """
    oidc_provider cognito { @PROVIDER@ }
    server {
        listen 127.0.0.1:@PORT@;
        location / { proxy_pass http://@UPSTREAM@; }
        location /one { auth_oidc cognito; proxy_pass http://@UPSTREAM@; }
    }
    server {
        listen 127.0.0.1:@PORT2@;
        auth_oidc cognito;
        location / { proxy_pass http://@UPSTREAM@; }
        location /free { auth_oidc off; proxy_pass http://@UPSTREAM@; }
    }
"""


def test_option_plugin_attachment(gateway):
    """S2, S4, S5: by location or server, and removable."""
    site = gateway(ATTACHED)
    assert [send("GET", site.url(path, port)).status for path, port in (
        ("/", "PORT"), ("/one", "PORT"),
        ("/", "PORT2"), ("/free", "PORT2"))] == [200, 401, 401, 200]


# --- the two real tokens -----------------------------------------------------

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
def test_real_token_is_refused_for_its_key(gateway, token, upstream):
    """Never as malformed."""
    claims = json.loads(part(token, 1))
    site = gateway(REAL, REAL_ISSUER=claims["iss"],
                   REAL_CLIENT=claims["client_id"])
    answer = send("GET", site.url("/"), bearer(token))
    assert (answer.status, answer.reason) == (401, "unknown_kid")
    assert not upstream.requests
