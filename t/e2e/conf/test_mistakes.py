# SPDX-License-Identifier: Apache-2.0
"""The mistakes of newcomers: what they write, and what nginx -t says."""

import os

import pytest

COGNITO = """
    oidc_provider p {
        cognito_user_pool us-east-1_Example01;
        client_id client;
        client_secret a-secret-of-32-bytes-more-or-less;
        @BAD@
    }
"""
GENERIC = COGNITO.replace("cognito_user_pool us-east-1_Example01",
                          "issuer https://issuer.example")
SERVER = """
    server {
        listen 127.0.0.1:@PORT@;
        location / { @RULE@ }
    }
"""
SESSIONS = "session_secret 0f1e2d3c4b5a69788796a5b4c3d2e1f0;"
PROTECTED = "auth_oidc p;"

# A setting of the provider, a rule of the location, and the error.
ERRORS = {
    # rules that protect nothing
    "a scope without auth_oidc":
        ("", "auth_oidc_require_scope orders/read;",
         '"auth_oidc_require_scope" protects nothing'),
    "a group without auth_oidc":
        ("", "auth_oidc_require_group admins;", "protects nothing"),
    "a claim without auth_oidc":
        ("", "auth_oidc_require_claim a b;", "protects nothing"),
    "a variable without auth_oidc":
        ("", "auth_oidc_require $oidc_user;", "protects nothing"),
    "an audience without auth_oidc":
        ("", "auth_oidc_audience api;", "protects nothing"),
    "a rule beside auth_oidc off":
        ("", "auth_oidc off; auth_oidc_require_scope a;", "protects nothing"),
    # names
    "the name of another provider":
        ("", "auth_oidc cognito;", 'unknown oidc_provider "cognito"'),
    "a method that does not exist":
        ("", "auth_oidc p; auth_oidc_methods basic;", "it must be one of"),
    "a directive of the server in the provider":
        ("auth_oidc_methods bearer;", PROTECTED, "unknown setting"),
    "a store that was not defined":
        ("session_store fleet;", PROTECTED, 'unknown session_store "fleet"'),
    "redis without a server":
        (SESSIONS + "session_store redis;", PROTECTED,
         'type redis needs a "server"'),
    # the client
    "a secret and the method of a public client":
        ("client_auth_method none;", PROTECTED, "exclude each other"),
    "private_key_jwt":
        ("client_auth_method private_key_jwt;", PROTECTED,
         "private_key_jwt is not supported yet"),
    "client_secret_jwt":
        ("client_auth_method client_secret_jwt;", PROTECTED,
         "client_secret_jwt is not supported yet"),
    # addresses
    "a redirect URI without its slash":
        ("redirect_uri oidc_callback;", PROTECTED,
         "neither a path of this server nor"),
    "a path in base_url":
        ("base_url https://app.example/base;", PROTECTED,
         "it must be scheme://host[:port]"),
    "an address twice":
        ("redirect_uri /x; logout_uri /x;", PROTECTED, "are the same path"),
    "a page after the logout, and no logout":
        ("post_logout_uri /bye;", PROTECTED, "need a logout_uri"),
    "a cookie_path that hides the callback":
        ("cookie_path /app;", PROTECTED, "must lie below cookie_path"),
    "a cookie_domain of another site":
        ("base_url https://app.example.com; cookie_domain example.org;",
         PROTECTED, 'cookie_domain "example.org" does not include the host '
         '"app.example.com"'),
    # secrets
    "a sample for a secret":
        ("session_secret change-me-change-me-change-me-change-me;", PROTECTED,
         "is a sample"),
    "a secret that is too short":
        ("session_secret s3cret;", PROTECTED, "shorter than 32 bytes"),
    "sessions in cookies without a secret":
        ("session_store cookie;", PROTECTED, "needs a session_secret"),
    "a secret that is not there":
        ("session_secret_file /nowhere/secret;", PROTECTED, "cannot open"),
    # values
    "a time in another notation":
        ("session_timeout 8hours;", PROTECTED, 'invalid time "8hours"'),
    "yes for on":
        ("pkce yes;", PROTECTED, 'it must be "on" or "off"'),
    "an issuer that is no URL":
        ("issuer_alias accounts.example;", PROTECTED, "is not an absolute"),
    "SameSite None by http":
        ("cookie_samesite None; cookie_secure off;", PROTECTED,
         "needs cookie_secure"),
}

# What is said in one line, and nothing is repeated.
PROVIDERS = {
    "the domain of a user pool as issuer":
        ("issuer https://shop.auth.us-east-1.amazoncognito.com; client_id c;",
         "is the domain of a user pool and not its issuer"),
    "no issuer at all":
        ("client_id c;", '"issuer" or "cognito_user_pool" is missing'),
    "an issuer by http":
        ("issuer http://issuer.example; client_id c;", "must be https"),
    "a pool by its name":
        ("cognito_user_pool shop; client_id c;",
         "is not a user pool id like us-east-1_AbCdEfGhI"),
    "a secret and no client":
        ("issuer https://issuer.example; client_secret x;",
         '"client_secret" needs a "client_id"'),
    "no client where users log in":
        ("issuer https://issuer.example;", 'needs a "client_id" for session'),
}

# A setting, and the warning about it.
WARNINGS = {
    "a scope without openid":
        (GENERIC, "scope email;", '"scope" lacks openid'),
    "http of a host at Cognito":
        (COGNITO, "redirect_uri http://app.example/oidc_callback;",
         '"redirect_uri" is http, which Cognito accepts for localhost only'),
    "base_url by http at Cognito":
        (COGNITO, "base_url http://app.example;", '"base_url" is http'),
    "an idle timeout beyond the end":
        (COGNITO, "session_timeout 1h; session_idle_timeout 2h;",
         '"session_idle_timeout" is longer than session_timeout'),
    "sessions in cookies and small buffers":
        (COGNITO, "session_store cookie; " + SESSIONS,
         "large_client_header_buffers are smaller"),
}

# The neighbours of what is refused, without a warning.
GOOD = {
    "a rule for the locations inside":
        (GENERIC, "", "auth_oidc_require_scope a; server { "
         "listen 127.0.0.1:@PORT@; location / { auth_oidc p; } "
         "location /health { auth_oidc off; } }"),
    "a rule where auth_oidc is inherited":
        (GENERIC, "", "server { listen 127.0.0.1:@PORT@; auth_oidc p; "
         "location / { auth_oidc_require_scope a; } }"),
    "a scope for machines without openid":
        (GENERIC, "scope orders/read;", "server { listen 127.0.0.1:@PORT@; "
         "location / { auth_oidc p; auth_oidc_methods client_credentials; } }"),
    "http of localhost at Cognito":
        (COGNITO, "redirect_uri http://localhost:8080/oidc_callback;", SERVER),
    "http of a host at another provider":
        (GENERIC, "redirect_uri http://app.example/oidc_callback;", SERVER),
    "a timeout below the default idle timeout":
        (COGNITO, "session_timeout 30m;", SERVER),
    "sessions in cookies and large buffers":
        (COGNITO, "session_store cookie; " + SESSIONS,
         "large_client_header_buffers 4 32k;" + SERVER),
    "a cookie_domain above base_url":
        (COGNITO, "base_url https://app.example.org; "
         "cookie_domain example.org;", SERVER),
    "any name of a pool in an emulator":
        ("oidc_provider p { cognito_user_pool local_pool-1 "
         "endpoint=http://127.0.0.1:9229; client_id c; }", "", SERVER),
    "a cookie_name in common with a provider of bearer tokens":
        (GENERIC + "oidc_provider q { issuer https://q.example; audience q; }",
         "", "server { listen 127.0.0.1:@PORT@; location / { auth_oidc p; } "
         "location /api { auth_oidc q; auth_oidc_methods bearer; } }"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_mistake_is_an_error(refused, name):
    """V4, V6, V7, U41."""
    bad, rule, complaint = ERRORS[name]
    refused(COGNITO + SERVER, complaint, BAD=bad, RULE=rule)


@pytest.mark.parametrize("name", PROVIDERS)
def test_mistake_in_a_provider_is_an_error(refused, name):
    settings, complaint = PROVIDERS[name]
    refused("oidc_provider p { " + settings + " }" + SERVER, complaint,
            RULE=PROTECTED)


def checked(gateways, text, **values):
    site = gateways(RULE=PROTECTED, **values)
    site.write(text, "worker_processes 1;")
    status, said = site.test()
    assert status == 0, said
    return site, said


@pytest.mark.parametrize("name", WARNINGS)
def test_mistake_is_a_warning(gateways, name):
    provider, bad, warning = WARNINGS[name]
    site, said = checked(gateways, provider + SERVER, BAD=bad)
    lines = [line for line in said.splitlines() if "[warn]" in line]
    assert len(lines) == 1, said
    assert warning in lines[0]
    assert 'oidc_provider "p"' in lines[0]
    assert f" in {site.conf}:" in lines[0]


@pytest.mark.parametrize("name", GOOD)
def test_neighbour_of_a_mistake_passes(gateways, name):
    provider, setting, servers = GOOD[name]
    _, said = checked(gateways, provider + servers, BAD=setting)
    assert "[warn]" not in said


@pytest.mark.parametrize("setting, text", [
    ("client_secret_file", "a-secret-of-32-bytes-more-or-less"),
    ("session_secret_file", "0f1e2d3c4b5a69788796a5b4c3d2e1f0"),
])
def test_secret_file_that_all_users_read_is_a_warning(
        gateways, tmp_path, setting, text):
    path = tmp_path / "secret"
    path.write_text(text)
    provider = "oidc_provider p { issuer https://issuer.example; " \
        f"client_id c; {setting} {path}; }}"
    os.chmod(path, 0o640)
    _, said = checked(gateways, provider + SERVER)
    assert "[warn]" not in said
    os.chmod(path, 0o644)
    _, said = checked(gateways, provider + SERVER)
    assert f'"{path}" has a secret and is readable by all users' in said
    assert text not in said
