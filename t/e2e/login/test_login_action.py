# SPDX-License-Identifier: Apache-2.0
"""What comes after the callback: redirect, upstream or response."""

import pytest

from sites import COOKIE_STORE, SITE
from visitor import SESSION, query_of

TOKENS = "auth_oidc_login_tokens id_token access_token refresh_token;"


def end_of_login(site, visitor, path="/page?a=b"):
    return visitor.get(visitor.callback_for(site.url(path)))


def test_login_action_redirect_is_the_default_and_has_no_tokens(
        gateway, visitor):
    answer = end_of_login(gateway(SITE), visitor)
    assert (answer.status, answer.location) == (302, "/page?a=b")


def test_login_tokens_are_appended_to_the_query(gateway, pool, visitor):
    site = gateway("large_client_header_buffers 4 32k;" + SITE, RULE=TOKENS)
    answer = end_of_login(site, visitor)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    query = query_of(answer.location)
    assert answer.location.startswith("/page?a=b&id_token=")
    assert set(query) == {"a", "id_token", "access_token", "refresh_token"}
    assert set(query.values()) - {"b"} <= pool.secrets()


def test_login_tokens_are_appended_to_the_fragment(gateway, visitor):
    site = gateway(SITE, RULE="auth_oidc_login_tokens access_token;"
                   "auth_oidc_login_redirect_mode fragment;")
    answer = end_of_login(site, visitor)
    assert answer.location.startswith("/page?a=b#access_token=ey")
    assert visitor.get(site.url("/page")).status == 200


def test_login_tokens_off_overrides_the_outer_level(gateway, visitor):
    site = gateway(TOKENS + SITE, RULE="auth_oidc_login_tokens off;")
    assert end_of_login(site, visitor).location == "/page?a=b"


def test_login_action_response_returns_json_with_tokens(
        gateway, pool, visitor, store):
    site = gateway(SITE, MORE=store,
                   RULE="auth_oidc_login_action response;"
                        "auth_oidc_login_tokens access_token;")
    answer = end_of_login(site, visitor)
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Type"].startswith("application/json")
    body = answer.json
    token = body.pop("access_token")
    assert 0 < body.pop("expires_in") <= 8 * 3600
    assert body == {"authenticated": True, "user": "jane",
                    "provider": "cognito"}
    page = visitor.get(site.url("/page"))
    assert page.sent("Authorization") == [f"Bearer {token}"]


def test_login_action_response_without_tokens_has_none(gateway, visitor):
    site = gateway(SITE, RULE="auth_oidc_login_action response;")
    assert set(end_of_login(site, visitor).json) == {
        "authenticated", "user", "provider", "expires_in"}


def test_login_action_upstream_passes_the_request_as_the_user(
        gateway, pool, visitor, upstream, store):
    """The request goes on as the user, and nothing of the provider's with
    it: neither code nor state, in no spelling of the address."""
    site = gateway(SITE, MORE=store,
                   RULE="auth_oidc_login_action upstream;"
                        "proxy_set_header X-Uri $request_uri;"
                        "proxy_set_header X-Args $args;"
                        "proxy_set_header X-Code $arg_code;"
                        "proxy_set_header X-Request $request;")
    callback = visitor.callback_for(site.url("/page?a=b"))
    answer = visitor.get(callback)
    assert answer.status == 200
    assert answer.json["uri"] == "/oidc_callback"
    assert answer.sent("X-User") == ["jane"]
    assert answer.sent("Authorization")[0].startswith("Bearer ey")
    assert answer.sent("Cookie") == []
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    told = str(upstream.requests)
    for name in ("code", "state"):
        assert query_of(callback)[name] not in told
    assert SESSION in visitor.jar.names()
    assert [n for n in visitor.jar.names() if "_login_" in n] == []
    assert visitor.get(site.url("/page")).sent("X-User") == ["jane"]
    # Once more, as by the browser's reload: not twice.
    assert visitor.get(callback).location == "/"


def test_login_action_upstream_works_at_the_protected_url(
        gateway, pool, visitor):
    """S2: redirect_uri is the protected URL."""
    site = gateway(SITE, MORE="redirect_uri /app/;",
                   RULE="auth_oidc_login_action upstream;")
    pool.allow(site.url("/app/"))
    answer = visitor.open(site.url("/app/"))
    assert (answer.status, answer.json["uri"]) == (200, "/app/")
    assert answer.sent("X-User") == ["jane"]


@pytest.mark.parametrize("rule, reason", [
    ("auth_oidc_require_group nobody;", "group_missing"),
    ("auth_oidc_require $arg_code;", "rule_not_met"),
    ("auth_oidc_require_scope other/scope;", "scope_missing"),
])
def test_login_action_upstream_enforces_the_access_rules(
        gateway, visitor, upstream, rule, reason):
    site = gateway(SITE, RULE="auth_oidc_login_action upstream;" + rule)
    answer = end_of_login(site, visitor)
    assert (answer.status, answer.reason) == (403, reason)
    assert upstream.requests == []
    assert SESSION in visitor.jar.names()  # logged in all the same


def test_login_action_upstream_without_session_method_is_401(
        gateway, visitor, upstream):
    """A location of machines is none that a login opens."""
    site = gateway(SITE.replace("location /open/", """
        location = /oidc_callback {
            auth_oidc cognito; auth_oidc_methods bearer;
            auth_oidc_login_action upstream;
            proxy_pass http://@UPSTREAM@;
        }
        location /open/"""), RULE="")
    answer = end_of_login(site, visitor)
    assert (answer.status, answer.reason) == (401, "method_not_enabled")
    assert upstream.requests == []


def test_login_action_of_the_callback_location_applies(gateway, visitor):
    site = gateway(SITE.replace("location /open/", """
        location = /oidc_callback {
            auth_oidc_login_action response;
            return 404;
        }
        location /open/"""), RULE="auth_oidc_login_action upstream;")
    assert end_of_login(site, visitor).json["authenticated"]


def test_failed_login_returns_no_tokens(gateway, pool, visitor, upstream):
    site = gateway(SITE, RULE="auth_oidc_login_action upstream;")
    pool.tamper(id={"sign": "flip"})
    answer = end_of_login(site, visitor)
    assert (answer.status, answer.reason) == (400, "signature_invalid")
    assert upstream.requests == []


def test_login_action_upstream_works_with_large_sessions(
        gateway, pool, visitor):
    site = gateway("large_client_header_buffers 4 64k;" + SITE,
                   MORE=COOKIE_STORE,
                   RULE="auth_oidc_login_action upstream;")
    pool.tamper(id={"claims": {"custom:a": "x" * 3000}})
    assert end_of_login(site, visitor).status == 200
    assert visitor.get(site.url("/")).status == 200


WRONG = [
    ("auth_oidc_login_action page;", "it must be one of: redirect, upstream,"),
    ("auth_oidc_login_tokens id;", "it must be one of: id_token,"),
    ("auth_oidc_login_tokens off id_token;", 'invalid value "off"'),
    ("auth_oidc_login_redirect_mode form;", "must be one of: query, fragment"),
    ("auth_oidc_login_action upstream; auth_oidc_login_tokens id_token;",
     "upstream hands out no auth_oidc_login_tokens"),
    ("auth_oidc_login_redirect_uri https://other.example/;",
     "is not a path of this server"),
    ("auth_oidc_login_redirect_uri //other.example/;",
     "is not a path of this server"),
    ("auth_oidc_preflight maybe;", "must be one of: pass, deny"),
]


@pytest.mark.parametrize("rule, complaint", WRONG)
def test_invalid_login_action_settings_fail_nginx_t(refused, rule, complaint):
    refused(SITE.replace("@RULE@", rule), complaint, MORE="")


def test_login_redirect_uri_may_have_a_query(gateway, visitor):
    site = gateway(SITE, RULE='auth_oidc_login_redirect_uri "/home?a=b&c#d";')
    assert end_of_login(site, visitor).location == "/home?a=b&c#d"
