# SPDX-License-Identifier: Apache-2.0
"""What `nginx -t` says about credentials that cannot work together."""

import pytest

SITE = """
    oidc_provider one { issuer @ISSUER@; @MORE@ }
    server {
        listen 127.0.0.1:@PORT@;
        location / { auth_oidc one; auth_oidc_methods @METHODS@; }
    }
"""
CLIENT = "client_id c; client_secret s; "


def verdict(gateways, more, methods, expected=()):
    site = gateways(MORE=more, METHODS=methods)
    site.expect(*expected)
    site.write(SITE, "worker_processes 1;")
    return site.test()


@pytest.mark.parametrize("more, methods", [
    ("", "client_credentials"),
    ("profile cognito;", "client_credentials"),
    (CLIENT, "client_credentials password"),
    (CLIENT + "profile cognito;", "all"),
    (CLIENT, "all"),
    (CLIENT, "introspection"),
    (CLIENT + "introspection_endpoint http://127.0.0.1:9/i;", "userinfo"),
    (CLIENT + "profile cognito; introspection_endpoint "
     "https://idp.example/i;", "introspection"),
    (CLIENT + "refresh_token_header X-Refresh-Token;", "refresh_token"),
    (CLIENT + "token_cache off; token_cache_ttl 5m; password_over_http on;",
     "password"),
])
def test_compatible_credential_methods_pass_nginx_t(gateways, more, methods):
    status, said = verdict(gateways, more, methods)
    assert status == 0, said


@pytest.mark.parametrize("more, methods, why", [
    ("", "password", 'needs a "client_id" for password'),
    ("", "introspection", 'needs a "client_id" for introspection'),
    ("refresh_token_header X-R;", "refresh_token",
     'needs a "client_id" for refresh_token'),
    (CLIENT, "refresh_token", 'needs a "refresh_token_header"'),
    (CLIENT + "profile cognito;", "introspection",
     'needs an "introspection_endpoint"'),
    (CLIENT, "basic", "it must be one of: session, "),
    (CLIENT + "token_cache maybe;", "bearer", '"token_cache": '),
    (CLIENT + "token_cache_ttl 0;", "bearer", '"token_cache_ttl": '),
    (CLIENT + "password_over_http yes;", "bearer", '"password_over_http": '),
    (CLIENT + "refresh_token_header Authorization;", "bearer",
     "it must be a header name of its own"),
    (CLIENT + 'refresh_token_header "X R";', "bearer",
     "it must be a header name of letters"),
    (CLIENT + "introspection_endpoint http://idp.example/i;", "introspection",
     "must be https"),
])
def test_conflicting_credential_methods_fail_nginx_t(
        gateways, more, methods, why):
    status, said = verdict(gateways, more, methods, [r"\[emerg\]"])
    assert status != 0
    assert 'oidc_provider "one"' in said or "auth_oidc_methods" in said
    assert "[emerg]" in said and why in said, said
