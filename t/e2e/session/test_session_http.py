# SPDX-License-Identifier: Apache-2.0
"""Sessions and logins by ways less trodden: HTTP/2, several Cookie headers,
other hosts, files instead of an upstream."""

import pytest

from h2wire import H2
from sites import COOKIE_STORE, SITE
from visitor import NAVIGATION, SESSION, bearer, query_of, send
from wire import once

BOTH = """
    large_client_header_buffers 4 64k;
    oidc_provider cognito {
        @PROVIDER@ @MORE@
        base_url http://127.0.0.1:@PORT@;
    }
    server {
        listen 127.0.0.1:@PORT@;
        listen 127.0.0.1:@PORT2@ http2;
        location / {
            auth_oidc cognito;
            proxy_set_header X-Seen "$http_cookie";
            proxy_set_header X-One "$cookie_NGX_OIDC_SESSION";
            proxy_pass http://@UPSTREAM@;
        }
    }
"""


def test_session_cookies_in_http2_crumbs_are_found(gateway, visitor, store):
    """AC-185: the cookies as crumbs, one header each."""
    site = gateway(BOTH, MORE=store)
    visitor.open(site.url("/"))
    crumbs = [("cookie", crumb) for crumb in
              ("a=1; " + visitor.jar.header("127.0.0.1", "/", False) +
               "; b=2").split("; ")]
    with H2(site.ports["PORT2"]) as h2:
        [answer] = h2.wait(h2.request("/", headers=crumbs))
    assert answer.status == 200
    assert b'"a=1; b=2"' in answer.body


def test_login_over_http2_sets_each_chunk_in_a_header(gateway, pool, visitor):
    """AC-361: several chunks on one answer, each in a header of its own."""
    pool.tamper(id={"claims": {"custom:a": "x" * 3000}})
    site = gateway(BOTH, MORE=COOKIE_STORE)
    url = visitor.callback_for(site.url("/"))
    with H2(site.ports["PORT2"]) as h2:
        [answer] = h2.wait(h2.request(
            url[len(site.url("")):], headers=[
                ("cookie", visitor.jar.header("127.0.0.1", "/", False))]))
    assert answer.status == 302
    names = [line.partition("=")[0] for line in answer.set_cookies]
    assert SESSION in names and f"{SESSION}_1" in names


def test_session_in_any_of_several_cookie_headers_is_found(gateway, visitor):
    """AC-185, AC-186: ours in either of them."""
    site = gateway(SITE)
    visitor.open(site.url("/"))
    own = f"Cookie: a=1; {SESSION}={visitor.session}"
    for lines in ([own, "Cookie: b=2"], ["Cookie: b=2", own]):
        answer = once(site.port, headers=lines,
                      host=f"127.0.0.1:{site.port}")
        assert answer.status == 200
        assert sorted(answer.sent("Cookie")) == ["a=1", "b=2"]


def test_cookie_variables_omit_the_modules_cookies(gateway, visitor):
    """AC-186: what nginx's own variables hand on."""
    site = gateway(BOTH)
    visitor.open(site.url("/"))
    visitor.jar.put("a", "1")
    answer = visitor.get(site.url("/"))
    assert answer.sent("X-Seen") == ["a=1"]
    assert answer.sent("X-One") in ([], [""])


def test_header_buffers_hold_a_session_and_its_login_cookies(gateway, visitor):
    """AC-181: nginx's 8 kB for a header line are enough for a sealed session
    beside abandoned logins."""
    site = gateway("""
        oidc_provider cognito { @PROVIDER@ @MORE@ }
        server {
            listen 127.0.0.1:@PORT@;
            location / { auth_oidc cognito; proxy_pass http://@UPSTREAM@; }
            location /login {
                auth_oidc cognito;
                auth_oidc_methods authorization_code;
                auth_oidc_unauthenticated login;
            }
        }""", MORE=COOKIE_STORE)
    visitor.open(site.url("/"))
    for _ in range(12):
        assert visitor.get(site.url("/login")).status == 302
    assert visitor.get(site.url("/")).status == 200


def test_redirect_uri_of_an_ipv6_host_keeps_its_brackets(gateway):
    """AC-253: as the Host header spells it."""
    site = gateway(SITE)
    answer = once(site.port, headers=["Accept: text/html"],
                  host=f"[::1]:{site.port}")
    assert query_of(answer.location)["redirect_uri"] == \
        f"http://[::1]:{site.port}/oidc_callback"


def test_session_is_kept_with_and_without_the_default_port(gateway, visitor):
    """A session is not lost by a Host that spells the port out."""
    site = gateway(SITE)
    begun = send("GET", site.url("/"), {**NAVIGATION, "Host": "app.example"})
    assert query_of(begun.location)["redirect_uri"] == \
        "http://app.example/oidc_callback"
    begun = send("GET", site.url("/"),
                 {**NAVIGATION, "Host": "APP.example:80"})
    assert query_of(begun.location)["redirect_uri"] == \
        "http://app.example/oidc_callback"


def test_cookie_domain_shares_a_session_among_hosts(gateway, visitor):
    """cookie_domain shares a session among its hosts, by name."""
    site = gateway(SITE, MORE="cookie_domain example.org; "
                   "base_url http://127.0.0.1:@PORT@;")
    url = visitor.callback_for(site.url("/"))
    answer = visitor.get(url)
    cookie = next(line for line in answer.set_cookies
                  if line.startswith(SESSION + "=")).partition(";")[0]
    for host in ("a.example.org", "b.example.org"):
        assert send("GET", site.url("/"), {
            "Cookie": cookie, "Host": host}).status == 200


FILES = """
    oidc_provider cognito { @PROVIDER@ }
    server {
        listen 127.0.0.1:@PORT@;
        root @ROOT@;
        location / { auth_oidc cognito; autoindex on; }
        location /dir/ { auth_oidc cognito; index page.html; }
    }
"""


@pytest.fixture
def files(gateway, tmp_path):
    (tmp_path / "www/dir").mkdir(parents=True)
    (tmp_path / "www/page.html").write_text("a page")
    (tmp_path / "www/dir/page.html").write_text("in dir")
    return gateway(FILES, ROOT=tmp_path / "www")


PATHS = ["/page.html", "/", "/dir/", "/dir/page.html", "/nothing"]


@pytest.mark.parametrize("path", PATHS)
def test_static_file_without_a_session_is_401(files, path):
    assert send("GET", files.url(path)).status == 401


@pytest.mark.parametrize("path", PATHS)
def test_static_file_with_a_token_is_served(files, pool, path):
    """AC-258, AC-349: an index leads to another location inside."""
    answer = send("GET", files.url(path), bearer(pool.issue()))
    assert answer.status == (404 if path == "/nothing" else 200)


def test_static_file_with_a_range_is_206(files, pool):
    """AC-349."""
    answer = send("GET", files.url("/page.html"),
                  {**bearer(pool.issue()), "Range": "bytes=2-5"})
    assert (answer.status, answer.body) == (206, b"page")


def test_login_returns_to_a_static_file(files, visitor):
    answer = visitor.open(files.url("/page.html"))
    assert (answer.status, answer.text) == (200, "a page")


def test_session_is_401_where_only_bearer_is_enabled(gateway, visitor):
    site = gateway("""
        oidc_provider cognito { @PROVIDER@ }
        server {
            listen 127.0.0.1:@PORT@;
            auth_oidc cognito;
            location / { proxy_pass http://@UPSTREAM@; }
            location /api/ {
                auth_oidc_methods bearer;
                proxy_pass http://@UPSTREAM@;
            }
        }""")
    assert visitor.open(site.url("/")).status == 200
    assert visitor.get(site.url("/api/")).status == 401


def test_userinfo_variable_holds_the_response(gateway, visitor):
    site = gateway(SITE, MORE="userinfo on;",
                   RULE="auth_oidc_set_header X-Info $oidc_userinfo;")
    [info] = visitor.open(site.url("/")).sent("X-Info")
    assert '"username":"jane"' in info


def test_token_variables_hold_the_session_tokens(gateway, visitor):
    site = gateway(SITE, RULE="auth_oidc_upstream_token off; "
                   "auth_oidc_set_header X-Access $oidc_access_token; "
                   "auth_oidc_set_header X-Left $oidc_expires_in;")
    answer = visitor.open(site.url("/"))
    assert answer.sent("Authorization") == []
    assert answer.sent("X-Access")[0].count(".") == 2
    assert 0 < int(answer.sent("X-Left")[0]) <= 8 * 3600


def test_client_secret_is_read_from_a_file(gateway, pool, tmp_path, visitor):
    """AC-160, AC-335: a trailing line break is not part of it."""
    path = tmp_path / "secret"
    path.write_text(pool.client()["secret"] + "\r\n")
    site = gateway(SITE, PROVIDER=f"""issuer @ISSUER@; profile cognito;
        client_id @CLIENT_ID@; client_secret_file {path};""")
    assert visitor.open(site.url("/")).status == 200


def test_named_session_store_is_used(gateway, visitor):
    site = gateway("oidc_session_store mine { type memory; size 1m; }" + SITE,
                   MORE="session_store mine;")
    assert visitor.open(site.url("/")).status == 200
    assert visitor.get(site.url("/")).status == 200


@pytest.mark.parametrize("keepalive", [0, 1, 8])
def test_keepalive_setting_reuses_provider_connections(
        gateway, pool, visitors, keepalive):
    """AC-163: codes too go over a connection that is kept, if any is."""
    site = gateway(SITE, MORE=f"keepalive {keepalive};")
    assert {visitors().open(site.url("/")).status
            for _ in range(4)} == {200}
    used = {call["connection"] for call in pool.calls("token")}
    assert len(used) == (1 if keepalive else 4)
