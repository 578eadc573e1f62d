# SPDX-License-Identifier: Apache-2.0
"""nginx -t: what it says of a bad configuration, with file and line, and
that good ones pass without a network."""

import pytest

P = 'oidc_provider "p": '

# One more setting in a whole provider, and the complaint about it.
SETTINGS = [
    ("jwks_refresh 1m 1h 2h;", 'the third parameter must be "stale=time"'),
    ("jwks_refresh 1m 1h stale=1h;", '"stale" must be longer than'),
    ("jwks_refresh 1m 1h stale=soon;", 'invalid time "soon"'),
    ("issuer x;", '"issuer": is duplicate'),
    ("config_url nonsense;", "is not an absolute http or https URL"),
    ("config_url ftp://a/;", "is not an absolute http or https URL"),
    ("config_url http://a/;", "must be https"),
    ("jwks_uri http://10.0.0.1/keys;", "must be https"),
    ("token_endpoint https://u:p@a/;", "is not an absolute"),
    ("userinfo_endpoint https://a/#f;", "is not an absolute"),
    ("authorization_endpoint /x;", "is not an absolute"),
    ("end_session_endpoint javascript:x;", "is not an absolute"),
    ("profile okta;", '"profile": '),
    ("issuer_alias x;", '"issuer_alias": '),
    ("client_id a;", '"client_id": is duplicate'),
    ("client_secret_file /nowhere;", 'client_secret is there already'),
    ("client_auth_method basic post;", "invalid number of arguments"),
    ("client_auth_method magic;", '"client_auth_method": '),
    ("client_auth_method none;", "exclude each other"),
    ("redirect_uri relative;", "neither a path of this server nor"),
    ("redirect_uri //evil.example/;", "neither a path of this server nor"),
    ("redirect_uri /a?b;", "neither a path of this server nor"),
    ("base_url https://a/path;", "it must be scheme://host[:port]"),
    ("base_url a;", "it must be scheme://host[:port]"),
    ('scope "";', "a value is empty"),
    ("pkce yes;", 'it must be "on" or "off"'),
    ("login_timeout 0;", "the time must be at least 1s"),
    ("login_timeout 300x;", 'invalid time "300x"'),
    ("session_timeout -1;", 'invalid time "-1"'),
    ('session_idle_timeout "";', 'invalid time ""'),
    ("session_store nowhere;", 'unknown session_store "nowhere"'),
    ("session_store cookie;", "needs a session_secret"),
    ("session_secret short;", '"session_secret": '),
    ("session_secret " + "a" * 48 + ";", '"session_secret": '),
    ("session_secret example-example-example-example-42;",
     '"session_secret": '),
    ("session_secret_file /nowhere;", 'cannot open "/nowhere"'),
    ("cookie_name a=b;", "it must be a token of at most 64 characters"),
    ("cookie_name " + "a" * 65 + ";", "it must be a token of at most 64"),
    ("cookie_path x;", 'it must be a path that begins with "/"'),
    ("cookie_path '/;Secure';", 'it must be a path that begins with "/"'),
    ("cookie_domain 'a;b';", "it must be a lower-case host name"),
    ("cookie_samesite Sometimes;", '"cookie_samesite": '),
    ("cookie_secure maybe;", '"cookie_secure": '),
    ("cookie_samesite None; cookie_secure off;", "needs cookie_secure"),
    ("cookie_name -nude x;", 'before the name is "-bare"'),
    ("cookie_name -bare a=b;", "it must be a token of at most 64 characters"),
    ("cookie_name __Host-x; cookie_path /y;", 'a "__Host-" cookie needs'),
    ("cookie_name __Host-x; cookie_secure off;", 'a "__Host-" cookie needs'),
    ("cookie_name __Host-x; cookie_domain a.b;", 'a "__Host-" cookie needs'),
    ("cookie_name __Secure-x; cookie_secure off;",
     'a "__Secure-" cookie needs'),
    ("userinfo 1;", 'it must be "on" or "off"'),
    ("logout_uri x;", "neither a path of this server nor"),
    ("logout_uri /x; redirect_uri /x;",
     "logout_uri and redirect_uri are the same path"),
    ("cookie_path /x;", "must lie below cookie_path"),
    ("cookie_path /oidc;", "must lie below cookie_path"),
    ("cookie_path /x/; redirect_uri /x;", "must lie below cookie_path"),
    ("cookie_path /x; redirect_uri /x/a /y;", "must lie below cookie_path"),
    ("cookie_path /x; redirect_uri /x; logout_uri /y;",
     "must lie below cookie_path"),
    ("logout_uri /x; logout_methods DELETE;", "only GET and POST"),
    ("logout_methods GET;", "need a logout_uri or a logout_query_arg"),
    ("post_logout_uri /x;", "need a logout_uri or a logout_query_arg"),
    ('logout_query_arg "";', "the name is empty"),
    ("logout_uri /x; logout_token_hint maybe;", 'it must be "on" or "off"'),
    ('audience "";', "a value is empty"),
    ("signing_algs RS256 none;", 'unknown algorithm "none"'),
    ("signing_algs rs256;", 'unknown algorithm "rs256"'),
    ("signing_algs HS512;", "a client_secret of at least 64 bytes"),
    ("leeway soon;", 'invalid time "soon"'),
    ("jwks_refresh 1m;", "invalid number of arguments"),
    ("jwks_refresh 1h 1m;", "the maximum is less than the minimum"),
    ("ssl_verify sometimes;", 'it must be "on" or "off"'),
    ("ssl_trusted_certificate /nowhere;", 'cannot open "/nowhere"'),
    ("ssl_trusted_certificate @DIR@/nginx.conf;", "no PEM certificate"),
    ("ssl_crl /nowhere;", 'cannot open "/nowhere"'),
    ("proxy nonsense;", "is not an absolute http or https URL"),
    ("timeout 0;", 'invalid time "0"'),
    ("connect_timeout x;", 'invalid time "x"'),
    ("connect_timeout 9s; timeout 1s;", "longer than timeout"),
    ("call_limit 0;", "it must be a number from 1 to 65535"),
    ("call_limit 65536;", "it must be a number from 1 to 65535"),
    ("session_limit 0;", "it must be a number from 1 to 1000"),
    ("session_limit many;", "it must be a number from 1 to 1000"),
    ("keepalive -1;", "it must be a number from 0 to 1024"),
    ("keepalive 2000;", "it must be a number from 0 to 1024"),
    ('user_claim "";', "a value is empty"),
    ("resolver 127.0.0.1;", "unknown setting"),
    ("client_secrets x;", "unknown setting"),
    ("scope;", "invalid number of arguments"),
    ("pkce on; pkce off;", '"pkce": is duplicate'),
]

PROVIDER = """
    oidc_provider p {
        issuer https://issuer.example;
        client_id client;
        client_secret a-secret-of-32-bytes-more-or-less;
        @BAD@
    }
    server { listen 127.0.0.1:@PORT@; }
"""


@pytest.mark.parametrize("setting, complaint", SETTINGS,
                         ids=lambda value: value[:30])
def test_bad_provider_setting_fails_nginx_t(refused, setting, complaint):
    """AC-383, AC-397, and for each rule its own case: AC-132, AC-139,
    AC-160, AC-176, AC-191, AC-008."""
    site, said = refused(PROVIDER, complaint, BAD=setting)
    assert 'oidc_provider "p"' in said


def test_complaint_names_the_line_of_the_setting(refused):
    """AC-397."""
    site, said = refused(PROVIDER, 'invalid time "300x"',
                         BAD="login_timeout 300x;")
    assert said.endswith(f"{site.conf}:{site.line_of('300x')}")


BLOCKS = [
    ("oidc_provider p { client_id x; }",
     '"issuer" or "cognito_user_pool" is missing'),
    ("oidc_provider p { issuer ftp://x; }", "is not an absolute"),
    ("oidc_provider p { issuer http://issuer.example; }", "must be https"),
    ("oidc_provider p { issuer https://a?b=c; }", "no query"),
    ("oidc_provider p { cognito_user_pool nonsense; }",
     "is not a user pool id like us-east-1_AbCdEfGhI"),
    ("oidc_provider p { cognito_user_pool us-east-1_A x; }",
     '"endpoint=url" expected'),
    ("oidc_provider p { cognito_user_pool us-east-1_A endpoint=x; }",
     "is not an absolute"),
    ("oidc_provider p { issuer https://a; cognito_user_pool us-east-1_A; }",
     "issuer is there already"),
    ("oidc_provider p { issuer https://a; client_secret x; }",
     '"client_secret" needs a "client_id"'),
    ("oidc_provider p { issuer https://a; client_id x; "
     "client_auth_method basic; }", "need a client_secret"),
    ("oidc_provider p { issuer https://a; } "
     "oidc_provider p { issuer https://b; }", 'duplicate oidc_provider "p"'),
    ("oidc_provider { issuer https://a; }", "invalid number of arguments"),
    ("oidc_cache_zone 1k;", "the size must be at least 64k"),
    ("oidc_cache_zone 0;", "the size must be at least 64k"),
    ("oidc_cache_zone many;", 'invalid size "many"'),
    ("oidc_cache_zone 1m; oidc_cache_zone 1m;", "is duplicate"),
    ("oidc_session_store s { type papyrus; }", '"type": '),
    ("oidc_session_store s { size 8k; }", "the size must be at least 64k"),
    ("oidc_session_store s { colour red; }", "unknown setting"),
    ("oidc_session_store s { type cookie; size 1m; }", "has no size"),
    ("oidc_session_store s { } oidc_session_store s { }",
     'duplicate oidc_session_store "s"'),
]


@pytest.mark.parametrize("text, complaint", BLOCKS,
                         ids=lambda value: value[:40])
def test_bad_block_fails_nginx_t(refused, text, complaint):
    """AC-299, AC-367, AC-383, AC-385."""
    refused(text + "server { listen 127.0.0.1:@PORT@; }", complaint)


LOCATIONS = [
    ("auth_oidc nobody;", 'unknown oidc_provider "nobody"'),
    ("auth_oidc p; auth_oidc p;", '"auth_oidc" is duplicate'),
    ('auth_oidc "";', "needs the name of a provider"),
    ("auth_oidc p q;", "invalid number of arguments"),
    ("auth_oidc p; auth_oidc_methods magic;", '"auth_oidc_methods" '),
    ("auth_oidc p; auth_oidc_methods;", "invalid number of arguments"),
    ("auth_oidc p; auth_oidc_unauthenticated maybe;",
     '"auth_oidc_unauthenticated" '),
    ("auth_oidc p; auth_oidc_token refresh;", '"auth_oidc_token" '),
    ("auth_oidc p; auth_oidc_upstream_token all;",
     '"auth_oidc_upstream_token" '),
    ("auth_oidc p; auth_oidc_token id; auth_oidc_token id;", "is duplicate"),
    ('auth_oidc p; auth_oidc_require_scope "";', "has an empty entry"),
    ('auth_oidc p; auth_oidc_require_group a " ";', "has an empty entry"),
    ("auth_oidc p; auth_oidc_require_claim a;",
     "invalid number of arguments"),
    ("auth_oidc p; auth_oidc_require_claim '\"a' b;",
     "has a malformed claim path"),
    ("auth_oidc p; auth_oidc_require x;", "takes variables"),
    ("auth_oidc p; auth_oidc_require error=404;", "needs a variable"),
    ("auth_oidc p; auth_oidc_require $uri error=200;", "needs error=4xx"),
    ("auth_oidc p; auth_oidc_require error=404 $uri;", "needs error=4xx"),
    ("auth_oidc p; auth_oidc_set_header X;", "invalid number of arguments"),
    ("auth_oidc p; auth_oidc_set_header 'X Y' z;",
     "takes a header name of letters"),
    ("auth_oidc p; auth_oidc_set_header X_Y z;",
     "takes a header name of letters"),
    ("auth_oidc p; auth_oidc_set_header Host z;", 'cannot set "Host"'),
    ("auth_oidc p; auth_oidc_set_header Content-Length 0;", "cannot set"),
    ("auth_oidc p; auth_oidc_login_redirect_uri //x;",
     "is not a path of this server"),
    ("auth_oidc bare;", 'needs a "client_id" for session'),
    ("auth_oidc bare; auth_oidc_methods bearer;",
     'needs an "audience" or "allowed_clients" for bearer'),
    ("auth_oidc bare; auth_oidc_methods bearer; auth_oidc_token any;",
     'needs an "audience" or "allowed_clients" for bearer'),
    ("auth_oidc bare; auth_oidc_methods bearer; auth_oidc_token id;",
     'needs a "client_id", an "audience" or "allowed_clients" for bearer'),
]


@pytest.mark.parametrize("text, complaint", LOCATIONS,
                         ids=lambda value: value[:50])
def test_bad_location_directive_fails_nginx_t(refused, text, complaint):
    """AC-299, AC-383, AC-417."""
    refused(PROVIDER.replace("server {", """
        oidc_provider bare { issuer https://bare.example; }
        server {
            location / {
                @RULE@
            }"""), complaint, BAD="", RULE=text)


CONFLICTS = [
    ("", "give one of them a cookie_name and a redirect_uri"),
    ("cookie_name other;", "give one of them a redirect_uri"),
    ("redirect_uri /q;", "give one of them a cookie_name in"),
    ("cookie_name other; redirect_uri /q; logout_uri /bye;",
     "have the same logout_uri"),
]


@pytest.mark.parametrize("more, complaint", CONFLICTS)
def test_conflicting_providers_of_one_server_fail_nginx_t(
        refused, more, complaint):
    """AC-385."""
    refused(PROVIDER.replace("server {", """
        oidc_provider q {
            issuer https://other.example;
            client_id x;
            @MORE@
        }
        server {
            location /p { auth_oidc p; }
            location /q { auth_oidc q; }
            """), complaint, BAD="logout_uri /bye;", MORE=more)


@pytest.mark.parametrize("bad, rule", [
    ("extra_auth_args $nothing;", ""), ("", "auth_oidc $nothing;"),
    ("", "auth_oidc p; auth_oidc_require $nothing;"),
    ("", "auth_oidc p; auth_oidc_set_header X $nothing;")])
def test_unknown_variable_fails_nginx_t(gateways, bad, rule):
    """AC-383: nginx's own complaint, which has no place."""
    site = gateways(BAD=bad, RULE=rule)
    site.write(PROVIDER.replace("server {", "server { @RULE@ "),
               "worker_processes 1;")
    status, said = site.test()
    assert status == 1
    assert 'unknown "nothing" variable' in said
    site.expect('unknown "nothing" variable')


@pytest.mark.parametrize("text, name", [
    ("server { oidc_provider p { } }", "oidc_provider"),
    ("server { oidc_session_store s { } }", "oidc_session_store"),
    ("server { oidc_cache_zone 1m; }", "oidc_cache_zone"),
    ("server { location / { if ($arg_x) { auth_oidc off; } } }",
     "auth_oidc")])
def test_directive_in_a_wrong_context_fails_nginx_t(refused, text, name):
    """AC-258, AC-383: nothing is switched off by an `if`."""
    refused(text + "server { listen 127.0.0.1:@PORT@; }",
            f'"{name}" directive is not allowed here')


@pytest.mark.parametrize("text", ["a\x01b", "", "\n"], ids=repr)
def test_secret_file_without_a_valid_secret_fails_nginx_t(
        refused, tmp_path, text):
    """AC-160."""
    path = tmp_path / "secret"
    path.write_text(text)
    refused("""oidc_provider p {
                   issuer https://issuer.example;
                   client_id x;
                   client_secret_file @FILE@;
               }
               server { listen 127.0.0.1:@PORT@; }""",
            '"client_secret_file": the secret', FILE=path)


def test_secret_is_not_in_the_complaint(refused):
    """AC-328."""
    _, said = refused(PROVIDER, '"session_secret": ',
                      BAD="session_secret too-short-to-be-used;")
    assert "too-short" not in said


def test_last_value_is_not_in_the_complaint(refused):
    """AC-328: about the block as a whole."""
    _, said = refused("""oidc_provider p {
                             issuer https://issuer.example;
                             client_secret too-secret-to-be-shown;
                         }
                         server { listen 127.0.0.1:@PORT@; }""",
                      '"client_secret" needs a "client_id"')
    assert "too-secret" not in said
    assert 'oidc_provider "p"' in said


def test_settings_are_read_from_an_included_file(gateways, tmp_path):
    (tmp_path / "client").write_text("client_id x;\nclient_secret y;\n")
    site = gateways()
    site.write(f"""oidc_provider a {{
                       issuer https://a.example;
                       include {tmp_path}/client;
                   }}
                   server {{ listen 127.0.0.1:@PORT@; auth_oidc a; }}""",
               "worker_processes 1;")
    status, said = site.test()
    assert status == 0, said


def test_module_loaded_twice_fails_nginx_t(gateways):
    """AC-382."""
    site = gateways()
    site.write("server { listen 127.0.0.1:@PORT@; }",
               "worker_processes 1; load_module @MODULE_AGAIN@;".replace(
                   "@MODULE_AGAIN@", "@MODULE@"))
    status, said = site.test()
    assert status == 1
    assert "is already loaded" in said
    site.expect("is already loaded")
