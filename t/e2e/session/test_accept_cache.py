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


def test_known_session_has_its_identity(site, visitor):
    logged_in(site, visitor)
    answer = visitor.script(site.url("/a/x"))
    assert answer.sent("X-User") == ["jane"]
    assert answer.sent("Cookie") == []
    [token] = answer.sent("Authorization")
    assert token.startswith("Bearer ")


def test_known_session_keeps_foreign_cookies(site, visitor):
    logged_in(site, visitor)
    visitor.jar.put("theme", "dark")
    visitor.jar.put("lang", "de")
    answer = visitor.script(site.url("/a/x"))
    assert answer.sent("Cookie") == ["theme=dark; lang=de"]


def test_known_session_meets_other_rules_elsewhere(site, visitor):
    logged_in(site, visitor)
    assert visitor.script(site.url("/ruled/")).status == 403
    assert visitor.script(site.url("/a/")).status == 200
    assert visitor.script(site.url("/ruled/")).status == 403


def test_known_session_is_none_where_sessions_are_none(site, visitor):
    logged_in(site, visitor)
    assert visitor.script(site.url("/machines/")).status == 401


def test_known_session_is_none_for_another_provider(gateway, visitor):
    site = gateway(SITE)
    logged_in(site, visitor)
    visitor.jar.put("OTHER_SESSION", visitor.jar.value("NGX_OIDC_SESSION"))
    answer = visitor.script(site.url("/other/"))
    assert answer.status == 401


def test_known_session_is_none_at_another_origin(site, visitor):
    """AC-204: the same worker, the same cookie, another port."""
    logged_in(site, visitor)
    assert visitor.script(site.url("/", "PORT2")).status == 401
    answer = visitor.script(site.url("/a/"), headers={"Host": "elsewhere"})
    assert answer.status == 401


def test_known_session_shown_twice_is_judged(gateway, visitor):
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


def test_known_session_with_a_bad_bearer_is_refused(site, visitor):
    """A bad credential never falls through to another."""
    logged_in(site, visitor)
    answer = visitor.script(site.url("/a/"), headers=bearer("a.b.c"))
    assert answer.status == 401


def test_known_session_ends_in_all_workers(gateway, visitor):
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


def test_known_session_ends_when_idle(gateway, visitor):
    site = gateway(SITE, MORE="session_idle_timeout 2s;")
    logged_in(site, visitor)
    let_pass(3)
    assert visitor.script(site.url("/a/")).status == 401


def test_known_token_meets_other_rules_elsewhere(gateway, pool):
    site = gateway(SITE)
    known = bearer(pool.issue())
    for _ in range(3):
        assert send("GET", site.url("/a/"), known).status == 200
    assert send("GET", site.url("/ruled/"), known).status == 403
    assert send("GET", site.url("/off/"), known).sent("Authorization") == []


def test_known_token_ends_with_its_keys(gateway, pool, fresh_keys):
    site = gateway(SITE, MORE="jwks_refresh 1s 2s;")
    known = bearer(pool.issue())
    for _ in range(3):
        assert send("GET", site.url("/a/"), known).status == 200
    pool.keys(action="rotate", which="both", keep_old=False)
    eventually(lambda: send("GET", site.url("/a/"), known).status == 401)


def test_known_machine_is_swapped_once(gateway, pool):
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
def test_stranger_is_refused_alike(gateway, upstream, cookies):
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


def test_stranger_with_a_browser_still_logs_in(gateway, visitor):
    site = gateway(SITE)
    for _ in range(2):
        send("GET", site.url("/a/"), SCRIPT)
        assert visitor.get(site.url("/a/")).status == 302
