# SPDX-License-Identifier: Apache-2.0
"""The options of the plugins that five guides (S1 to S5) show, and what sets
the same here."""

import pytest

from sites import SITE
from test_gateway_parity import TESTS
from tls import Certificate
from visitor import bearer, query_of, send

# An option of a gateway, and the test that shows it here.
OPTIONS = {
    "issuer": "issuer_is_configured_in_any_form",
    "discovery": "issuer_is_configured_in_any_form",
    "client_id": "token_of_a_second_client_is_accepted_if_listed",
    "client_secret": "public_client_logs_in_without_a_secret",
    "auth_methods": "methods_all_accepts_login_and_bearer",
    "scopes": "scope_with_a_slash_is_requested_and_required",
    "redirect_uri": "redirect_uri_may_be_any_path",
    "use_jwks": "valid_bearer_token_is_200_without_a_provider_call",
    "leeway": "leeway_of_100_seconds_is_kept",
    "consumer_by": "consumer_is_mapped_from_user_or_claim",
    "consumer_claim": "user_claim_selects_the_user",
    "logout_query_arg": "logout_query_arg_redirects_to_the_logout_of_cognito",
    "logout_methods": "logout_by_a_method_not_listed_is_405",
    "logout_redirect_uri": "logout_redirects_to_cognito_without_metadata",
    "login_action": "login_action_redirect_is_the_default_and_has_no_tokens",
    "login_tokens": "login_without_login_tokens_shows_no_tokens",
    "login_redirect_uri": "login_redirect_uri_is_the_page_after_login",
    "login_redirect_mode": "login_tokens_are_appended_to_the_query",
    "forbidden_redirect_uri":
        "unlisted_user_is_redirected_to_the_forbidden_page",
    "ssl_verify": "ssl_verify_off_accepts_an_unknown_certificate",
    "plugin attachment": "protection_is_set_by_location_or_server",
}


def test_each_gateway_option_has_a_test():
    assert set(OPTIONS.values()) <= TESTS, set(OPTIONS.values()) - TESTS


@pytest.mark.parametrize("issuer", [
    "issuer @ISSUER@;", "issuer @ISSUER@/.well-known/openid-configuration;",
    "cognito_user_pool @POOL_ID@ endpoint=@SERVICE@;",
    "cognito_user_pool @POOL_ID@ endpoint=@SERVICE@/;",
    "issuer @ISSUER@; "
    "config_url @ISSUER@/.well-known/openid-configuration;"])
def test_issuer_is_configured_in_any_form(gateway, pool, visitor, issuer):
    """S1, S2, S3: by discovery URL or pool root; S5: discovery."""
    site = gateway(SITE, PROVIDER=issuer + """ profile cognito;
        client_id @CLIENT_ID@; client_secret @CLIENT_SECRET@;""")
    assert visitor.open(site.url("/")).status == 200
    assert send("GET", site.url("/"), bearer(pool.issue())).status == 200


@pytest.mark.parametrize("path", ["/", "/protected", "/default/auth",
                                  "/anything/callback"])
def test_redirect_uri_may_be_any_path(gateway, pool, visitor, path):
    """S1, S3, S5: below it; S2: the protected URL itself."""
    site = gateway(SITE, MORE=f"redirect_uri {path};")
    pool.allow(site.url(path))
    answer = visitor.open(site.url("/protected"))
    assert answer.status == 200
    assert answer.url == site.url("/protected")


def test_redirect_uri_may_be_an_ordinary_page(gateway, pool, visitor):
    """S2: with parameters of its own, once logged in and before."""
    site = gateway(SITE, MORE="redirect_uri /protected;")
    pool.allow(site.url("/protected"))
    for query in ("", "?a=1", "?state=ny", "?code=7"):
        assert visitor.open(site.url("/protected" + query)).json["uri"] == \
            "/protected" + query


def test_scope_with_a_slash_is_requested_and_required(gateway, pool, visitor):
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
def test_scopes_of_the_guides_are_granted(gateway, visitor, scope):
    site = gateway(SITE, MORE=f'scope "{scope}";')
    assert visitor.open(site.url("/")).status == 200


def test_leeway_of_100_seconds_is_kept(gateway, pool):
    """S1, S3."""
    site = gateway(SITE, MORE="leeway 100;")
    assert [send("GET", site.url("/"), bearer(pool.issue(
        expires_in=-late))).status for late in (90, 120)] == [200, 401]


def test_logout_query_arg_redirects_to_the_logout_of_cognito(
        gateway, pool, visitor):
    """S1, S3: logout_query_arg logout, logout_methods GET, and on to
    Cognito's logout_redirect_uri."""
    site = gateway(SITE, MORE="logout_query_arg logout; logout_methods GET;")
    visitor.open(site.url("/"))
    answer = visitor.get(site.url("/?logout=1"))
    assert query_of(answer.location) == {
        "client_id": pool.client()["id"], "logout_uri": site.url("/")}


def test_login_redirect_uri_is_the_page_after_login(gateway, visitor):
    """S1, S3: login_action redirect; no tokens in the address."""
    site = gateway(SITE, RULE="auth_oidc_login_redirect_uri /portal;")
    answer = visitor.open(site.url("/x"))
    assert answer.url == site.url("/portal")


def test_login_without_login_tokens_shows_no_tokens(gateway, visitor, pool):
    """S1, S3: no token in any address or page of ours."""
    site = gateway(SITE)
    answer = visitor.open(site.url("/x"))
    secrets = pool.secrets()
    for step in answer.history:
        if step.url.startswith(site.url("/")):
            shown = (step.location or "") + step.text
            assert not [one for one in secrets if one in shown]


def test_user_claim_selects_the_user(gateway, visitor):
    """S1, S3: consumer_claim email."""
    site = gateway(SITE, MORE="user_claim email;")
    assert visitor.open(site.url("/")).sent("X-User") == ["jane@example.com"]


def test_methods_all_accepts_login_and_bearer(gateway, pool, visitor):
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


def test_protection_is_set_by_location_or_server(gateway):
    """S2, S4, S5: by location or server, and removable."""
    site = gateway(ATTACHED)
    assert [send("GET", site.url(path, port)).status for path, port in (
        ("/", "PORT"), ("/one", "PORT"),
        ("/", "PORT2"), ("/free", "PORT2"))] == [200, 401, 401, 200]


@pytest.mark.parametrize("known", [
    ("username", "$oidc_user", "jane"),
    ("custom_id", "$oidc_claim_email", "jane@example.com")],
    ids=lambda known: known[0])
@pytest.mark.parametrize("who, status", [("jane", 200), ("john", 403)])
def test_consumer_is_mapped_from_user_or_claim(
        gateway, pool, visitor, known, who, status):
    """S1, S3: a map from whatever names the user to who that is here."""
    _, variable, value = known
    pool.settings(auto_login=who)
    site = gateway(f"""map {variable} $consumer {{
                           {value} developer-7;
                       }}""" + SITE, RULE="""
        auth_oidc_require $consumer;
        auth_oidc_set_header X-Consumer $consumer;""")
    answer = visitor.open(site.url("/"))
    assert answer.status == status
    if status == 200:
        assert answer.sent("X-Consumer") == ["developer-7"]


@pytest.mark.parametrize("listed", [True, False])
def test_token_of_a_second_client_is_accepted_if_listed(
        gateway, pool, visitor, listed):
    """S1, S2: one for the logins, more whose tokens are taken."""
    other = pool.client("public")["id"]
    site = gateway(SITE, MORE=f"allowed_clients @CLIENT_ID@ {other};"
                   if listed else "")
    token = pool.issue(client_id=other)
    assert visitor.script(site.url("/"), headers={
        "Authorization": f"Bearer {token}"}).status == (
            200 if listed else 401)


def test_logout_by_a_method_not_listed_is_405(gateway, visitor):
    """S1, S3: GET and nothing else."""
    site = gateway(SITE, MORE="logout_uri /logout; logout_methods GET;")
    assert visitor.open(site.url("/")).status == 200
    refused = visitor.call("POST", site.url("/logout"), {
        "Sec-Fetch-Site": "same-origin"})
    assert (refused.status, refused.reason) == (405, "method_not_allowed")
    assert visitor.get(site.url("/")).status == 200
    assert visitor.get(site.url("/logout")).status == 302
    assert visitor.script(site.url("/")).status == 401


def test_logout_redirects_to_cognito_without_metadata(gateway, pool, visitor):
    """S1, S3: on to Cognito's logout also when its metadata has none."""
    pool.settings(discovery="pre_2024")
    site = gateway(SITE, MORE="logout_uri /logout; post_logout_uri /bye;"
                   "end_session_endpoint @DOMAIN@/logout;")
    pool.allow(site.url("/bye"))
    visitor.open(site.url("/"))
    answer = visitor.get(site.url("/logout"))
    assert answer.location.startswith(f"{pool.domain_url}/logout?")
    assert query_of(answer.location) == {
        "client_id": pool.client()["id"], "logout_uri": site.url("/bye")}


@pytest.mark.parametrize("verify, status", [("", 503),
                                            ("ssl_verify off;", 200)])
def test_ssl_verify_off_accepts_an_unknown_certificate(
        gateway, pool, tmp_path, verify, status):
    """S1, S3: a provider whose certificate nobody knows."""
    tls = Certificate(tmp_path, "127.0.0.1").for_nginx()
    issuer = "https://127.0.0.1:@PORT2@/@POOL_ID@"
    site = gateway(SITE + """
        server {
            listen 127.0.0.1:@PORT2@ ssl; @TLS@
            proxy_set_header Accept-Encoding "";
            sub_filter_types *; sub_filter_once off;
            sub_filter 'http:\\\\/\\\\/@SERVICE_HOST@'
                       'https:\\\\/\\\\/127.0.0.1:@PORT2@';
            sub_filter 'http://@SERVICE_HOST@' 'https://127.0.0.1:@PORT2@';
            location / { proxy_pass @SERVICE@; }
        }""", TLS=tls, ISSUER=issuer, MORE=f"profile generic; {verify}",
        SERVICE_HOST=pool.service_url.removeprefix("http://"),
        PROVIDER="issuer @ISSUER@; client_id @CLIENT_ID@; "
        "allowed_clients @CLIENT_ID@;"
                 "client_secret @CLIENT_SECRET@; timeout 3s;")
    token = pool.issue(claims={
        "iss": f"https://127.0.0.1:{site.ports['PORT2']}/{pool.pool_id}"})
    answer = send("GET", site.url("/"), {"Authorization": f"Bearer {token}"})
    assert answer.status == status, site.log()
