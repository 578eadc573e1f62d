# SPDX-License-Identifier: Apache-2.0
"""Configurations that nginx -t accepts."""

import pytest

GOOD = {
    "the shortest": """
        oidc_provider cognito {
            issuer https://cognito-idp.us-west-1.amazonaws.com/us-west-1_l4r;
            client_id 2lqm8o7or9hfrq0t6eofhqj88i;
            client_secret 157hn35o42chdpk1pnbus9ei31a4g7vrhes1t0t1qbjc1;
        }
        server {
            listen 127.0.0.1:@PORT@;
            location / {
                auth_oidc cognito;
                proxy_set_header X-User $oidc_claim_email;
            }
            location /api/ {
                auth_oidc cognito;
                auth_oidc_methods bearer;
                auth_oidc_require_scope kongresource/scope1;
            }
        }""",
    "every setting": """
        oidc_cache_zone 1m;
        oidc_session_store mine { type memory; size 1m; }
        oidc_provider p {
            issuer https://issuer.example/;
            issuer_alias https://a.example https://b.example;
            profile generic;
            config_url https://issuer.example/other;
            authorization_endpoint https://auth.example/authorize?x=y;
            token_endpoint https://auth.example/token;
            userinfo_endpoint https://auth.example/userinfo;
            end_session_endpoint https://auth.example/logout;
            jwks_uri https://auth.example/keys;
            client_id client;
            client_secret a-secret-of-64-bytes-1234567890123456789012345678901;
            client_auth_method post;
            redirect_uri /one https://app.example/two;
            base_url https://app.example:8443;
            scope openid email "profile phone";
            extra_auth_args "lang=$arg_lang";
            pkce on;
            login_timeout 5m;
            session_store mine;
            session_timeout 1d;
            session_idle_timeout 1d;
            session_secret 0f1e2d3c4b5a69788796a5b4c3d2e1f0
                           ffeeddccbbaa99887766554433221100;
            cookie_name app;
            cookie_path /;
            cookie_domain app.example;
            cookie_samesite Strict;
            cookie_secure on;
            userinfo on;
            logout_uri /logout;
            logout_methods POST;
            logout_query_arg logout;
            post_logout_uri https://portal.example/bye;
            logout_token_hint on;
            audience one two;
            allowed_clients any;
            signing_algs RS256 ES256 PS256 EdDSA HS256;
            leeway 0;
            jwks_refresh 30s 2h;
            ssl_verify off;
            proxy http://127.0.0.1:3128;
            connect_timeout 2s;
            timeout 4s;
            keepalive 0;
            session_limit 1000;
            call_limit 4;
            user_claim email sub;
        }
        auth_oidc_set_header X-All $oidc_user;
        server {
            listen 127.0.0.1:@PORT@;
            auth_oidc p;
            auth_oidc_audience three;
            location / {
                auth_oidc_methods all;
                auth_oidc_unauthenticated deny;
                auth_oidc_require_scope "a b" c;
                auth_oidc_require_scope d;
                auth_oidc_require_group admins;
                auth_oidc_require_claim a.b.c d;
                auth_oidc_require $oidc_authenticated error=404;
                auth_oidc_token any;
                auth_oidc_upstream_token id;
                auth_oidc_login_redirect_uri /home;
                location /off { auth_oidc off; }
            }
            location /by-name { auth_oidc $arg_tenant; }
        }""",
    "two providers": """
        oidc_provider a { issuer https://a.example; client_id a; }
        oidc_provider b {
            issuer https://b.example; client_id b; cookie_name B;
            redirect_uri /b_callback;
        }
        server {
            listen 127.0.0.1:@PORT@;
            location /a { auth_oidc a; }
            location /b { auth_oidc b; }
        }""",
    "two clients of one issuer with one callback": """
        oidc_provider a { issuer https://a.example; client_id a; }
        oidc_provider b {
            issuer https://a.example; client_id b; cookie_name -bare B;
        }
        server { listen 127.0.0.1:@PORT@; auth_oidc a;
                 location /b { auth_oidc b; } }""",
    "two providers, of which one keeps sessions": """
        oidc_provider a { issuer https://a.example; client_id a; }
        oidc_provider b { issuer https://b.example; audience b; }
        server {
            listen 127.0.0.1:@PORT@;
            location /a { auth_oidc a; }
            location /b { auth_oidc b; auth_oidc_methods bearer; }
        }""",
    "bearer where the settings say which tokens": """
        oidc_provider a { issuer https://a.example; client_id a; }
        oidc_provider b { issuer https://b.example; allowed_clients b; }
        oidc_provider c { issuer https://c.example; client_id c;
                          allowed_clients any; }
        server {
            listen 127.0.0.1:@PORT@;
            auth_oidc_methods bearer;
            location /a { auth_oidc a; auth_oidc_audience api; }
            location /b { auth_oidc b; }
            location /c { auth_oidc c; }
            location /id { auth_oidc a; auth_oidc_token id; }
        }""",
    "the same cookie in two servers": """
        oidc_provider a { issuer https://a.example; client_id a; }
        oidc_provider b { issuer https://b.example; client_id b; }
        server { listen 127.0.0.1:@PORT@; auth_oidc a; }
        server { listen 127.0.0.1:@PORT2@; auth_oidc b; }""",
    "a path of one's own": """
        oidc_provider a {
            issuer https://a.example;
            client_id a;
            cookie_path /x;
            redirect_uri /x https://app.example/x/y;
            logout_uri /x/bye;
        }
        server { listen 127.0.0.1:@PORT@; location /x { auth_oidc a; } }""",
    "bearer without a client": """
        oidc_provider a { issuer https://a.example; audience x; }
        server {
            listen 127.0.0.1:@PORT@;
            auth_oidc a;
            auth_oidc_methods bearer;
        }""",
    "loaded and not used": "server { listen 127.0.0.1:@PORT@; }",
    "a provider that nobody uses": """
        oidc_provider a { issuer https://a.example; }
        server { listen 127.0.0.1:@PORT@; }""",
}


@pytest.mark.parametrize("name", GOOD)
def test_good_configuration_passes_nginx_t(gateways, name):
    """AC-142, AC-384, AC-396, AC-426: no network is needed."""
    site = gateways()
    site.write(GOOD[name], "worker_processes 1;")
    status, said = site.test()
    assert status == 0, said
    assert "[warn]" not in said
