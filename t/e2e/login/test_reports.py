# SPDX-License-Identifier: Apache-2.0
"""What users of other products have met, as it is here."""

import json

import pytest

from gateway import eventually
from sites import COOKIE_STORE, SECRET, SITE
from visitor import NAVIGATION, bearer, query_of, send


def test_u26_rewrite_in_the_server_leaves_own_addresses(gateway, visitor):
    site = gateway("""
        oidc_provider cognito { @PROVIDER@ logout_uri /logout; }
        server {
            listen 127.0.0.1:@PORT@;
            rewrite_log off;
            rewrite ^/(.*)$ /index.php?q=$1? last;
            location / { auth_oidc cognito; proxy_pass http://@UPSTREAM@; }
        }
    """)
    answer = visitor.open(site.url("/blog/post-1"))
    assert answer.status == 200
    assert answer.json["uri"].startswith("/index.php?q=")
    assert visitor.get(site.url("/logout")).status == 302
    assert visitor.get(site.url("/a")).status == 302


def test_u26_conditional_rewrite_leaves_own_addresses(gateway, visitor):
    site = gateway("""
        oidc_provider cognito { @PROVIDER@ }
        server {
            listen 127.0.0.1:@PORT@;
            rewrite_log off;
            root /nonexistent;
            if (!-e $request_filename) { rewrite ^ /index.php? last; }
            location / { auth_oidc cognito; proxy_pass http://@UPSTREAM@; }
        }
    """)
    assert visitor.open(site.url("/blog/post-1")).status == 200


def test_u28_callback_without_its_query_is_400(gateway, visitor):
    """A CDN that forwards no queries."""
    site = gateway(SITE)
    answer = visitor.get(site.url("/oidc_callback"))
    assert (answer.status, answer.reason) == (400, "callback_malformed")
    visitor.open(site.url("/"))
    answer = visitor.get(site.url("/oidc_callback"))
    assert (answer.status, answer.reason) == (400, "callback_malformed")


def test_u28_page_that_is_the_callback_needs_no_query(gateway, visitor):
    """Its neighbour: the redirect_uri is a page of the application."""
    site = gateway(SITE, MORE="redirect_uri /;")
    answer = visitor.open(site.url("/"))
    assert answer.status == 200


def test_u30_front_that_strips_the_path_is_told(gateway, pool, visitor):
    """The provider leads to a path that arrives here as another one."""
    site = gateway(SITE, MORE="redirect_uri /app/oidc_callback;")
    pool.allow(site.url("/app/oidc_callback"))
    url = visitor.callback_for(site.url("/"))
    answer = visitor.get(url.replace("/app/oidc_callback", "/oidc_callback"))
    assert answer.status == 400
    assert answer.reason == "callback_malformed"


def test_u32_session_of_another_client_is_none(gateway, pool, visitor):
    public = pool.client("public")["id"]
    text = SITE.replace("@PROVIDER@", """
        issuer @ISSUER@; profile cognito; client_id @ID@; @SECRET_OF@
        cookie_domain 127.0.0.1; base_url http://127.0.0.1:@FRONT@;""")
    client = pool.client()
    first = gateway(text, MORE=COOKIE_STORE, ID=client["id"],
                    FRONT="@PORT@",
                    SECRET_OF=f'client_secret {client["secret"]};')
    second = gateway(text, MORE=COOKIE_STORE, ID=public,
                     FRONT=first.ports["PORT"], SECRET_OF="")
    assert visitor.open(first.url("/")).status == 200
    assert visitor.script(second.url("/")).status == 401


def test_u34_coded_metadata_is_not_asked_for(gateway, pool, visitor):
    site = gateway(SITE)
    visitor.open(site.url("/"))
    for kind in ("discovery", "jwks", "token"):
        for call in pool.calls(kind):
            assert call["headers"]["accept-encoding"] == "identity"


def test_u35_long_code_is_accepted(gateway, pool, visitor):
    """Azure AD B2C's codes have thousands of characters."""
    site = gateway(SITE)
    url = visitor.callback_for(site.url("/"))
    code = query_of(url)["code"]
    answer = visitor.get(url.replace(code, code + "a" * 5000))
    assert answer.reason == "code_refused"
    assert pool.count("token") == 1


def test_u36_groups_left_out_for_their_number_are_told(gateway, pool, visitor):
    pool.tamper(id={"claims": {
        "_claim_names": {"groups": "src1"},
        "_claim_sources": {"src1": {"endpoint": "https://graph.example"}}}})
    site = gateway(SITE.replace("@PROVIDER@", """
        issuer @ISSUER@; profile generic; client_id @CLIENT_ID@;
        client_secret @CLIENT_SECRET@;"""),
        RULE="auth_oidc_require_group admins;")
    answer = visitor.open(site.url("/"))
    assert (answer.status, answer.reason) == (403, "group_missing")
    site.expect("the provider left the groups out")


def test_u37_query_of_the_page_that_is_the_callback(gateway, visitor):
    """A state that this module has not made: the page's own."""
    site = gateway(SITE, MORE="redirect_uri /;")
    answer = visitor.open(site.url("/?state=NY&code=DE"))
    assert answer.status == 200
    assert answer.json["uri"] == "/?state=NY&code=DE"


def test_u37_state_of_our_form_is_a_callback(gateway, visitor):
    """Its neighbour: with a state that could be ours."""
    site = gateway(SITE, MORE="redirect_uri /;")
    answer = visitor.get(site.url("/?code=DE&state=" + "x" * 32))
    assert (answer.status, answer.reason) == (400, "state_unknown")


# --- Authorization of the application ----------------------------------------

PASSING = SITE.replace("@RULE@", """
            auth_oidc_methods session authorization_code;
            auth_oidc_authorization pass;""")


@pytest.mark.parametrize("value", [
    "Bearer app-token", "Basic cm9vdDp0b29y", "token abc", "ApiKey x",
    "Bearer  two  blanks", "\"odd"])
def test_u29_authorization_of_the_application_is_its_own(
        gateway, visitor, value):
    site = gateway(PASSING)
    visitor.open(site.url("/"))
    for _ in range(3):  # the third is decided by the fast path
        answer = visitor.script(site.url("/x"),
                                headers={"Authorization": value})
        assert answer.status == 200
        assert answer.sent("Authorization") == [value]
        assert answer.sent("X-User") == ["jane"]


def test_u29_authorization_of_the_application_lets_nobody_in(
        gateway, pool, visitor):
    site = gateway(PASSING)
    for token in ("app-token", pool.issue("access")):
        answer = send("GET", site.url("/"), bearer(token))
        assert (answer.status, answer.reason) == (401, "session_missing")


def test_u29_by_default_a_bad_credential_is_refused(gateway, visitor):
    site = gateway(SITE.replace(
        "@RULE@", "auth_oidc_methods session authorization_code;"))
    visitor.open(site.url("/"))
    answer = visitor.script(site.url("/"), headers=bearer("app-token"))
    assert (answer.status, answer.reason) == (401, "method_not_enabled")


def test_u29_methods_of_the_field_exclude_it(refused):
    refused("""
        oidc_provider p { @PROVIDER@ }
        server { listen 127.0.0.1:@PORT@; location / {
            auth_oidc p;
            auth_oidc_methods session client_credentials;
            auth_oidc_authorization pass;
        } }
    """, "cannot be used with auth_oidc_authorization pass and the method "
         "client_credentials")
