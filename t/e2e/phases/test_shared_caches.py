# SPDX-License-Identifier: Apache-2.0
"""AC-434: answers with a cookie of ours, and caches that several users
share."""

import time

import pytest

from gateway import let_pass
from sites import COOKIE_STORE
from visitor import SESSION, send

# A cookie store reseals the session when a quarter of the idle time is over.
IDLE = "session_idle_timeout 4s;"
SITE = """
    proxy_cache_path @DIR@/cache keys_zone=cache:1m;
    oidc_provider cognito { @PROVIDER@ @STORE@ }
    server {
        listen 127.0.0.1:@PORT@;
        root @DIR@/files;
        location / { auth_oidc cognito; proxy_pass http://@UPSTREAM@; }
        location /static/ { auth_oidc cognito; expires 1y; @RULE@ }
        location /pass/ {
            auth_oidc cognito;
            auth_oidc_unauthenticated pass;
            proxy_pass http://@UPSTREAM@;
        }
        location /cached/ {
            auth_oidc cognito;
            proxy_cache cache;
            proxy_cache_valid 200 1h;
            proxy_pass_header X-Accel-Expires;
            proxy_pass http://@UPSTREAM@;
        }
    }
    server {
        listen 127.0.0.1:@PORT2@;
        location / {
            proxy_cache cache;
            proxy_cache_key front$uri;
            proxy_cache_valid 1h;
            proxy_ignore_headers Set-Cookie;
            proxy_buffer_size 32k;
            proxy_buffers 8 32k;
            proxy_pass http://127.0.0.1:@PORT@;
        }
    }
"""
PUBLIC = {
    "Cache-Control": "public, max-age=31536000, s-maxage=99",
    "Expires": "Thu, 31 Dec 2037 23:55:55 GMT",
    "Surrogate-Control": "max-age=99", "CDN-Cache-Control": "max-age=99",
    "Cloudflare-CDN-Cache-Control": "max-age=99",
    "ETag": '"1"',
}


@pytest.fixture
def jane(gateway, upstream, visitor):
    def start(rule=""):
        site = gateway(SITE, STORE=COOKIE_STORE + IDLE, RULE=rule)
        (site.dir / "files/static").mkdir(parents=True)
        (site.dir / "files/static/app.js").write_text("script" * 100)
        for path in ("/asset", "/cached/asset", "/static/none"):
            upstream.answers[path] = (200, PUBLIC, "asset")
        assert visitor.open(site.url()).status == 200
        return site
    return start


def resealed(visitor, url, **headers):
    """The answer that brings the session's cookie once more."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        answer = visitor.script(url, headers=headers)
        assert answer.status < 400, answer
        if answer.set_cookies:
            return answer
        time.sleep(0.1)
    raise AssertionError("the session was not sealed again")


def expect_private(answer, age="max-age=31536000"):
    assert SESSION in answer.set_cookies[0]
    [control] = answer.headers.get_all("Cache-Control")
    words = [word.strip() for word in control.split(",")]
    assert "private" in words and "public" not in words
    assert not [word for word in words if word.startswith("s-maxage")]
    assert age in words
    for name in PUBLIC:
        if name not in ("Cache-Control", "ETag"):
            assert answer.headers[name] is None, name
    assert answer.headers["X-Accel-Expires"] is None


def test_answer_without_a_cookie_of_ours_is_as_public_as_it_was(jane, visitor):
    answer = visitor.script(jane().url("/asset"))
    assert answer.set_cookies == []
    for name, value in PUBLIC.items():
        assert answer.headers[name] == value


def test_proxied_answer_becomes_private(jane, visitor):
    expect_private(resealed(visitor, jane().url("/asset")))


def test_answer_from_nginx_own_cache_becomes_private(jane, upstream, visitor):
    """And the cache keeps no cookie of ours."""
    site = jane()
    upstream.answers["/cached/asset"] = (
        200, {**PUBLIC, "X-Accel-Expires": "3600"}, "asset")
    visitor.script(site.url("/cached/asset"))
    expect_private(resealed(visitor, site.url("/cached/asset")))
    again = visitor.script(site.url("/cached/asset"))
    assert again.set_cookies == []
    for file in (site.dir / "cache").rglob("*"):
        assert not file.is_file() or SESSION not in file.read_text("latin-1")


@pytest.mark.parametrize("headers, status", [
    ({}, 200), ({"Range": "bytes=0-9"}, 206),
    ({"If-Modified-Since": "Thu, 31 Dec 2037 23:55:55 GMT",
      }, 304)])
@pytest.mark.parametrize("rule", [
    "", 'add_header Cache-Control "public";',
    'add_header Cache-Control "public" always; '
    'add_header CDN-Cache-Control "max-age=9" always;'])
def test_static_answer_becomes_private(jane, visitor, headers, status, rule):
    """`expires` and `add_header` are nginx's own; 206 and 304 too."""
    site = jane(rule + " if_modified_since before;")
    answer = resealed(visitor, site.url("/static/app.js"), **headers)
    assert answer.status == status
    expect_private(answer)


def test_error_answer_becomes_private(jane, upstream, visitor):
    site = jane()
    upstream.answers["/asset"] = (404, PUBLIC, "none")
    deadline = time.monotonic() + 10
    while not (answer := visitor.script(site.url("/asset"))).set_cookies:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    expect_private(answer)


def test_answer_that_nobody_may_keep_stays_so(jane, upstream, visitor):
    site = jane()
    upstream.answers["/asset"] = (200, {"Cache-Control": "no-store"}, "asset")
    answer = resealed(visitor, site.url("/asset"))
    assert answer.headers.get_all("Cache-Control") == ["no-store"]


@pytest.mark.slow
def test_shared_cache_in_front_hands_the_session_to_nobody(
        jane, visitor):
    """A front that caches although there is a Set-Cookie."""
    site = jane()
    let_pass(2)  # more than a quarter of the idle time
    assert visitor.script(site.url("/asset", "PORT2")).set_cookies
    stranger = send("GET", site.url("/asset", "PORT2"))
    assert stranger.set_cookies == []


def test_removal_of_a_stale_cookie_is_private_too(gateway, upstream, visitor):
    """auth_oidc_unauthenticated pass: with the memory store as well."""
    site = gateway(SITE, STORE="", RULE="")
    upstream.answers["/pass/"] = (200, PUBLIC, "asset")
    assert visitor.open(site.url()).status == 200
    answer = send("GET", site.url("/pass/"), {
        "Cookie": f"{SESSION}={'A' * 43}"})
    assert answer.status == 200
    if answer.set_cookies:
        expect_private(answer)


@pytest.mark.parametrize("cookie, passes", [
    (f"{SESSION}=planted; Path=/", False),
    (f"__Host-{SESSION}=planted; Path=/; Secure", False),
    (f"{SESSION}_2=planted", False),
    (f"  {SESSION} =planted", False),
    (f"{SESSION}_login_abcdefgh=planted", False),
    (f"{SESSION}", False),
    ("theme=dark", True), (f"{SESSION}x=1", True)])
@pytest.mark.parametrize("path", ["/asset", "/pass/"])
def test_application_cannot_set_cookies_of_ours(
        gateway, upstream, pool, cookie, passes, path):
    """AC-435."""
    site = gateway(SITE, STORE="", RULE="")
    upstream.answers[path] = (200, {"Set-Cookie": cookie, "X-Sent": "1"}, "")
    answer = send("GET", site.url(path), {
        "Authorization": f"Bearer {pool.issue('access')}"})
    assert answer.headers["X-Sent"] == "1"
    assert bool(answer.set_cookies) == passes
