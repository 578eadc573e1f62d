# SPDX-License-Identifier: Apache-2.0
"""What a worker has let pass is let pass again at once: at that place alone,
and only as long as nothing that it was judged by has changed."""

import pytest

from gateway import eventually, let_pass
from sites import COOKIE_STORE
from visitor import SCRIPT, basic, bearer, send

SITE = """
    oidc_provider cognito { @PROVIDER@ @MORE@ }
    oidc_provider other { @PROVIDER@ cookie_name OTHER_SESSION; }
    server {
        listen 127.0.0.1:@PORT@;
        location /a/ {
            auth_oidc cognito;
            auth_oidc_methods session authorization_code bearer
                              client_credentials;
            auth_oidc_set_header X-User $oidc_user;
            proxy_pass http://@UPSTREAM@;
        }
        location /ruled/ {
            auth_oidc cognito;
            auth_oidc_methods session authorization_code bearer
                              client_credentials;
            auth_oidc_require_scope kongresource/scope2;
            auth_oidc_require_group nobodies;
            proxy_pass http://@UPSTREAM@;
        }
        location /off/ {
            auth_oidc cognito;
            auth_oidc_methods session authorization_code bearer
                              client_credentials;
            auth_oidc_upstream_token off;
            proxy_pass http://@UPSTREAM@;
        }
        location /machines/ {
            auth_oidc cognito;
            auth_oidc_methods bearer;
            proxy_pass http://@UPSTREAM@;
        }
        location /other/ {
            auth_oidc other;
            proxy_pass http://@UPSTREAM@;
        }
    }
    server {
        listen 127.0.0.1:@PORT2@;
        auth_oidc cognito;
        location / { proxy_pass http://@UPSTREAM@; }
    }
"""


@pytest.fixture(params=["memory", "cookie"], name="site")
def fixture_site(request, gateway):
    return gateway(SITE, MORE=COOKIE_STORE if request.param == "cookie"
                   else "")


def logged_in(site, visitor):
    """Somebody this worker knows at /a/."""
    for _ in range(3):
        assert visitor.open(site.url("/a/")).status == 200
    return visitor


def test_cached_session_sends_its_identity_upstream(site, visitor):
    logged_in(site, visitor)
    answer = visitor.script(site.url("/a/x"))
    assert answer.sent("X-User") == ["jane"]
    assert answer.sent("Cookie") == []
    [token] = answer.sent("Authorization")
    assert token.startswith("Bearer ")


def test_cached_session_keeps_the_cookies_of_the_application(site, visitor):
    logged_in(site, visitor)
    visitor.jar.put("theme", "dark")
    visitor.jar.put("lang", "de")
    answer = visitor.script(site.url("/a/x"))
    assert answer.sent("Cookie") == ["theme=dark; lang=de"]


def test_cached_session_is_judged_by_the_rules_of_each_location(site, visitor):
    logged_in(site, visitor)
    assert visitor.script(site.url("/ruled/")).status == 403
    assert visitor.script(site.url("/a/")).status == 200
    assert visitor.script(site.url("/ruled/")).status == 403


def test_cached_session_is_401_where_sessions_are_not_enabled(site, visitor):
    logged_in(site, visitor)
    assert visitor.script(site.url("/machines/")).status == 401


def test_cached_session_is_401_for_another_provider(gateway, visitor):
    site = gateway(SITE)
    logged_in(site, visitor)
    visitor.jar.put("OTHER_SESSION", visitor.jar.value("NGX_OIDC_SESSION"))
    answer = visitor.script(site.url("/other/"))
    assert answer.status == 401


def test_cached_session_is_401_at_another_origin(site, visitor):
    """AC-204: the same worker, the same cookie, another port."""
    logged_in(site, visitor)
    assert visitor.script(site.url("/", "PORT2")).status == 401
    answer = visitor.script(site.url("/a/"), headers={"Host": "elsewhere"})
    assert answer.status == 401


def test_cached_session_cookie_sent_twice_is_judged_anew(gateway, visitor):
    """AC-182"""
    site = gateway(SITE)
    logged_in(site, visitor)
    cookie = visitor.jar.header("127.0.0.1", "/", False)
    for sent in (f"{cookie}; {cookie}x", f"NGX_OIDC_SESSION=; {cookie}"):
        answer = send("GET", site.url("/a/"), {**SCRIPT, "Cookie": sent})
        assert answer.status == 200, "one of the two is good"
    spoilt = cookie[:-1] + ("A" if cookie[-1] != "A" else "B")
    answer = send("GET", site.url("/a/"), {**SCRIPT, "Cookie": spoilt})
    assert answer.status == 401


def test_cached_session_beside_a_bad_bearer_token_is_401(site, visitor):
    """A bad credential never falls through to another."""
    logged_in(site, visitor)
    answer = visitor.script(site.url("/a/"), headers=bearer("a.b.c"))
    assert answer.status == 401


def test_cached_session_ends_in_all_workers_at_logout(gateway, visitor):
    """AC-198: by an atomic read, in the worker that did not end it."""
    site = gateway(SITE.replace("@MORE@", "@MORE@ logout_uri /logout;"),
                   "worker_processes 2;")
    visitor.open(site.url("/a/"))
    cookie = visitor.jar.header("127.0.0.1", "/", False)
    sent = {**SCRIPT, "Cookie": cookie}
    for _ in range(40):
        assert send("GET", site.url("/a/"), sent).status == 200
    visitor.get(site.url("/logout"))
    for _ in range(40):
        assert send("GET", site.url("/a/"), sent).status == 401


def test_cached_session_is_401_after_the_idle_timeout(gateway, visitor):
    site = gateway(SITE, MORE="session_idle_timeout 2s;")
    logged_in(site, visitor)
    let_pass(3)
    assert visitor.script(site.url("/a/")).status == 401


def test_cached_bearer_token_is_judged_by_each_locations_rules(gateway, pool):
    site = gateway(SITE)
    known = bearer(pool.issue())
    for _ in range(3):
        assert send("GET", site.url("/a/"), known).status == 200
    assert send("GET", site.url("/ruled/"), known).status == 403
    assert send("GET", site.url("/off/"), known).sent("Authorization") == []


def test_cached_token_is_judged_anew_after_a_key_change(
        gateway, pool, fresh_keys):
    site = gateway(SITE, MORE="jwks_refresh 1s 2s;")
    known = bearer(pool.issue())
    for _ in range(3):
        assert send("GET", site.url("/a/"), known).status == 200
    pool.keys(action="rotate", which="both", keep_old=False)
    eventually(lambda: send("GET", site.url("/a/"), known).status == 401)


def test_cached_client_credentials_make_one_token_request(gateway, pool):
    site = gateway(SITE)
    client = pool.client()
    known = basic(client["id"], client["secret"])
    for _ in range(5):
        answer = send("GET", site.url("/a/"), known)
        assert answer.status == 200
        [token] = answer.sent("Authorization")
        assert token.startswith("Bearer ")
    assert pool.count("token") == 1
    spoilt = basic(client["id"], client["secret"] + "x")
    assert send("GET", site.url("/a/"), spoilt).status == 401
    assert send("GET", site.url("/off/"), known).sent("Authorization") == []
    assert send("GET", site.url("/machines/"), known).status == 401


# --- who shows nothing -----------------------------------------------------

@pytest.mark.parametrize("cookies", ["", "theme=dark"])
def test_missing_credential_is_refused_alike_with_and_without_cache(
        gateway, upstream, cookies):
    """The refusal at hand is the one that the long way gives."""
    site = gateway(SITE)
    headers = {**SCRIPT, **({"Cookie": cookies} if cookies else {})}
    short = send("GET", site.url("/a/"), headers)
    longer = send("GET", site.url("/a/"),
                  {**headers, "Cookie": "NGX_OIDC_SESSION=nonsense"})
    assert short.status == longer.status == 401
    assert short.reason == "session_missing"
    assert short.body == longer.body
    for name in ("WWW-Authenticate", "Cache-Control", "Content-Type",
                 "X-Content-Type-Options"):
        assert short.headers[name] == longer.headers[name], name
    site.said("session_missing")
    assert not upstream.requests


def test_navigation_without_a_credential_is_redirected_to_login(
        gateway, visitor):
    site = gateway(SITE)
    for _ in range(2):
        send("GET", site.url("/a/"), SCRIPT)
        assert visitor.get(site.url("/a/")).status == 302
