# SPDX-License-Identifier: Apache-2.0
"""Cookies: how ours are set, what becomes of them when they are changed, and
that the upstream gets all others and none of ours."""

from urllib.parse import urlsplit

import pytest

from gateway import let_pass
from jar import Cookie
from sites import COOKIE_STORE, SITE
from tls import Certificate
from visitor import SESSION, send
from wire import once

HTTPS = """
    oidc_provider cognito { @PROVIDER@ @MORE@ }
    server {
        listen 127.0.0.1:@PORT@ ssl;
        @TLS@
        location / { auth_oidc cognito; proxy_pass http://@UPSTREAM@; }
    }
"""


@pytest.fixture
def tls(tmp_path):
    return Certificate(tmp_path, "127.0.0.1", "localhost").for_nginx()


def cookies_of(answer):
    return [Cookie.parse(line) for line in answer.set_cookies]


def all_cookies(visitor, url):
    """Those set by a whole login, the expiring ones too."""
    answer = visitor.open(url)
    assert answer.status == 200
    return [cookie for step in [*answer.history, answer]
            for cookie in cookies_of(step)
            if urlsplit(step.url).hostname == "127.0.0.1"]


# --- as they are set ---------------------------------------------------------

def test_cookie_attributes_over_http_omit_secure(gateway, visitor, store):
    """AC-190: no Secure, no __Host-, no Domain."""
    made = all_cookies(visitor, gateway(SITE, MORE=store).url("/"))
    assert made
    for cookie in made:
        assert cookie.name.startswith("NGX_OIDC_SESSION")
        attributes = dict(cookie.attributes)
        attributes.pop("max-age", None)
        attributes.pop("expires", None)
        assert attributes == {"path": "/", "httponly": "", "samesite": "Lax"}


def test_cookie_attributes_over_https_have_host_prefix(
        gateway, visitor, tls, store):
    """AC-190."""
    site = gateway(HTTPS, TLS=tls, MORE=store)
    made = all_cookies(visitor, site.url("/", scheme="https"))
    for cookie in made:
        assert cookie.name.startswith("__Host-NGX_OIDC_SESSION")
        assert "secure" in cookie.attributes
        assert "httponly" in cookie.attributes
        assert cookie.attributes["path"] == "/"
        assert cookie.attributes["samesite"] == "Lax"
        assert "domain" not in cookie.attributes


def test_session_cookie_has_no_expiry(gateway, visitor):
    made = all_cookies(visitor, gateway(SITE).url("/"))
    [session] = [cookie for cookie in made if cookie.name == SESSION]
    assert "max-age" not in session.attributes
    assert "expires" not in session.attributes


def test_https_base_url_makes_cookies_secure(gateway, visitor):
    """AC-193: base_url says that it is https outside."""
    site = gateway(SITE, MORE="base_url https://app.example;")
    [cookie] = cookies_of(visitor.get(site.url("/")))
    assert cookie.name.startswith("__Host-")
    assert "secure" in cookie.attributes


def test_x_forwarded_proto_does_not_make_cookies_secure(gateway, visitor):
    """AC-193, AC-237."""
    answer = visitor.get(gateway(SITE).url("/"),
                         **{"X-Forwarded-Proto": "https"})
    [cookie] = cookies_of(answer)
    assert "secure" not in cookie.attributes


SETTINGS = {
    "cookie_name app;": ("app", {}),
    "cookie_path /x/; redirect_uri /x/back;": (SESSION, {"path": "/x/"}),
    "cookie_domain app.example;": (SESSION, {"domain": "app.example"}),
    "cookie_samesite Strict;": (SESSION, {"samesite": "Strict"}),
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_cookie_settings_set_the_attributes(gateway, pool, visitor, setting):
    name, attributes = SETTINGS[setting]
    site = gateway(SITE, MORE=setting)
    pool.allow(site.url("/x/back"))
    url = visitor.callback_for(site.url("/x/"))
    cookies = visitor.jar.header("127.0.0.1", "/x/", False)
    made = cookies_of(visitor.call("GET", url, {"Cookie": cookies}))
    [session] = [cookie for cookie in made if cookie.name == name]
    for attribute, value in attributes.items():
        assert session.attributes[attribute] == value


def test_same_site_strict_keeps_login_cookies_lax(gateway, visitor):
    """AC-129: the callback is a navigation that another site begins."""
    site = gateway(SITE, MORE="cookie_samesite Strict;")
    [cookie] = cookies_of(visitor.get(site.url("/")))
    assert cookie.attributes["samesite"] == "Lax"
    visitor.jar.clear()
    assert visitor.open(site.url("/")).status == 200


def test_login_cookie_is_expired_after_the_login(gateway, visitor, store):
    """AC-192."""
    site = gateway(SITE, MORE=store)
    visitor.open(site.url("/"))
    assert not [name for name in visitor.jar.names() if "_login_" in name]


# --- changed -----------------------------------------------------------------

def changed(value, how):
    middle = len(value) // 2
    other = "A" if value[middle] != "A" else "B"
    return {"flipped": value[:middle] + other + value[middle + 1:],
            "first": ("A" if value[0] != "A" else "B") + value[1:],
            "short": value[:-1], "long": value + "A", "more": value + "AAAA",
            "empty": "", "one byte": "A", "blank": value[:5] + " " +
            value[6:], "quoted": f'"{value}"', "dots": "../" * 10,
            "padded": value + "="}[how]


@pytest.mark.parametrize("how", [
    "flipped", "first", "short", "long", "more", "empty", "one byte",
    "blank", "quoted", "dots", "padded"])
def test_altered_session_cookie_is_401(gateway, visitor, how, store):
    """AC-171, AC-199."""
    site = gateway(SITE, MORE=store)
    visitor.open(site.url("/"))
    visitor.jar.put(SESSION, changed(visitor.session, how))
    assert visitor.script(site.url("/")).status == 401


def test_session_id_with_any_character_altered_is_401(gateway, visitor):
    """AC-171: of a session's id, one after the other."""
    site = gateway(SITE)
    visitor.open(site.url("/"))
    value = visitor.session
    for i, c in enumerate(value[:-1]):
        other = "A" if c != "A" else "B"
        headers = {"Cookie": f"{SESSION}={value[:i]}{other}{value[i + 1:]}"}
        assert send("GET", site.url("/"), headers).status == 401


def test_login_cookie_as_session_cookie_is_401(gateway, visitor, store):
    """AC-173."""
    site = gateway(SITE, MORE=store)
    visitor.start(site.url("/"))
    [name] = visitor.jar.names()
    headers = {"Cookie": f"{SESSION}={visitor.jar.value(name)}"}
    assert send("GET", site.url("/"), headers).status == 401


def test_session_cookie_as_login_cookie_is_refused(gateway, visitor):
    """AC-173."""
    site = gateway(SITE, MORE=COOKIE_STORE)
    visitor.open(site.url("/"))
    session = visitor.session
    url = visitor.callback_for_new(site.url("/"))
    [name] = [one for one in visitor.jar.names() if "_login_" in one]
    visitor.jar.clear()
    visitor.jar.put(name, session)
    assert visitor.get(url).reason == "state_unknown"


BIG = {"claims": {"custom:a": "x" * 1200, "custom:b": "y" * 1200}}


@pytest.fixture
def chunked(gateway, pool, visitor):
    """A site and a browser with a session of several cookies."""
    site = gateway("large_client_header_buffers 4 64k;" + SITE,
                   MORE=COOKIE_STORE)
    pool.tamper(id=BIG)
    assert visitor.open(site.url("/")).status == 200
    assert f"{SESSION}_2" in visitor.jar.names()
    return site


def test_session_in_several_cookies_is_accepted(chunked, visitor):
    """AC-180, AC-361, AC-408."""
    assert visitor.get(chunked.url("/")).status == 200


@pytest.mark.parametrize("name", [SESSION, f"{SESSION}_1", f"{SESSION}_2"])
def test_session_with_a_missing_chunk_is_401(chunked, visitor, name):
    """AC-179."""
    del visitor.jar._kept["127.0.0.1", name, "/"]
    assert visitor.script(chunked.url("/")).status == 401


def test_session_with_swapped_chunks_is_401(chunked, visitor):
    """AC-179."""
    one, two = (visitor.jar.value(f"{SESSION}_{i}") for i in (1, 2))
    visitor.jar.put(f"{SESSION}_1", two)
    visitor.jar.put(f"{SESSION}_2", one)
    assert visitor.script(chunked.url("/")).status == 401


@pytest.mark.parametrize("count", ["0", "1", "2", "9", "99999999", "-1",
                                   "4294967299", "3x", "", "03"])
def test_session_with_a_forged_chunk_count_is_401(chunked, visitor, count):
    """AC-178."""
    rest = visitor.session.partition(".")[2]
    visitor.jar.put(SESSION, f"{count}.{rest}")
    assert visitor.script(chunked.url("/")).status == 401


def test_smaller_session_expires_surplus_chunks(chunked, pool, visitor):
    """AC-179."""
    assert visitor.open(visitor.callback_for_new(
        chunked.url("/"))).status == 200
    names = visitor.jar.names()
    assert f"{SESSION}_3" not in names
    assert visitor.get(chunked.url("/")).status == 200


@pytest.mark.parametrize("buffers, size", [
    ("large_client_header_buffers 4 64k;", 14000), ("", 10000)])
def test_session_too_large_for_cookies_is_500(
        gateway, pool, visitor, buffers, size):
    """AC-181, AC-206: refused when it is made, and no loop."""
    pool.tamper(id={"claims": {"custom:a": "x" * size}})
    site = gateway(buffers + SITE, MORE=COOKIE_STORE)
    answer = visitor.open(site.url("/"))
    assert (answer.status, answer.reason) == (500, "session_too_large")
    assert SESSION not in visitor.jar.names()
    line = site.said("session_too_large")
    assert ("large_client_header_buffers" in line) == (buffers == "")


def test_large_session_in_the_memory_store_is_accepted(gateway, pool, visitor):
    """AC-408."""
    pool.tamper(id={"claims": {"custom:a": "x" * 20000}})
    site = gateway(SITE)
    assert visitor.open(site.url("/")).status == 200
    assert visitor.get(site.url("/")).status == 200


def test_sealed_session_is_renewed_now_and_then(gateway, visitor):
    """AC-194: sealed anew now and then, not with every answer."""
    site = gateway(SITE, MORE=COOKIE_STORE + "session_idle_timeout 8s;")
    visitor.open(site.url("/"))
    assert not visitor.get(site.url("/")).set_cookies
    let_pass(3)
    assert visitor.get(site.url("/")).set_cookies


# --- in the request ----------------------------------------------------------

def upstream_cookies(site, line):
    answer = once(site.port, headers=[f"Cookie: {line}"],
                  host=f"127.0.0.1:{site.port}")
    assert answer.status == 200, answer
    return answer.sent("Cookie")


FORMS = {
    "@": [],
    "@; a=1": ["a=1"],
    "a=1; @": ["a=1"],
    "a=1; @; b=2": ["a=1; b=2"],
    "@; @": [],
    "a=1;@;b=2": ["a=1;b=2"],
    "a=1;  @;  b=2": ["a=1;  b=2"],
    'a="x; @; b=y"': ['a="x; b=y"'],
    "a=b=c; @; d=%20;": ["a=b=c; d=%20;"],
    "; @": None,
    "n; =v; n==; @": ["n; =v; n=="],
}


@pytest.mark.parametrize("form", [form for form in FORMS if FORMS[form]
                                  is not None])
def test_cookies_of_the_application_are_passed_byte_for_byte(
        gateway, visitor, form):
    """AC-183, AC-185, AC-186: byte for byte, and no empty header."""
    site = gateway(SITE)
    visitor.open(site.url("/"))
    own = f"{SESSION}={visitor.session}"
    assert upstream_cookies(site, form.replace("@", own)) == FORMS[form]


def test_session_chunks_are_not_sent_upstream(chunked, visitor):
    """AC-186."""
    visitor.jar.put("theme", "dark")
    answer = visitor.get(chunked.url("/"))
    assert answer.sent("Cookie") == ["theme=dark"]


def test_login_cookies_are_not_sent_upstream(gateway, visitor):
    """AC-186: not even where nothing is protected."""
    site = gateway(SITE)
    visitor.start(site.url("/"))
    assert visitor.get(site.url("/open/")).sent("Cookie") == []


NEAR = ["NGX_OIDC_SESSIONX", "XNGX_OIDC_SESSION", "ngx_oidc_session",
        "NGX_OIDC_SESSION_x", "NGX_OIDC_SESSION-1", "NGX_OIDC"]


@pytest.mark.parametrize("name", NEAR)
def test_cookies_with_similar_names_are_sent_upstream(gateway, visitor, name):
    """AC-186."""
    site = gateway(SITE)
    assert visitor.call("GET", site.url("/open/"), {
        "Cookie": f"{name}=1"}).sent("Cookie") == [f"{name}=1"]


def test_session_among_many_cookies_is_found(gateway, visitor):
    """AC-185."""
    site = gateway("large_client_header_buffers 4 64k;" + SITE)
    visitor.open(site.url("/"))
    others = "; ".join(f"c{i}={i}" for i in range(300))
    line = f"{others}; {SESSION}={visitor.session}; ;;;"
    assert upstream_cookies(site, line)[0].startswith(others)


def test_second_cookie_of_the_same_name_is_tried(gateway, visitor):
    """AC-182: tossed by another site of the domain."""
    site = gateway(SITE)
    visitor.open(site.url("/"))
    own = f"{SESSION}={visitor.session}"
    for line in (f"{SESSION}=x; {own}", f"{own}; {SESSION}=x"):
        assert upstream_cookies(site, line) == []


@pytest.mark.parametrize("name", [
    "__host-NGX_OIDC_SESSION", "\xa0__Host-NGX_OIDC_SESSION",
    "_[Host-NGX_OIDC_SESSION", "__Host-NGX_OIDC_SESSION\x01"])
def test_session_cookie_under_a_similar_name_is_refused(
        gateway, visitor, tls, name):
    """AC-184: names are matched byte for byte."""
    site = gateway(HTTPS, TLS=tls)
    visitor.open(site.url("/", scheme="https"))
    value = visitor.jar.value(f"__Host-{SESSION}")
    answer = send("GET", site.url("/", scheme="https"),
                  {"Cookie": f"{name}={value}"})
    assert answer.status in (400, 401)


def test_session_cookie_without_prefix_over_https_is_refused(
        gateway, visitor, tls):
    """AC-184."""
    site = gateway(HTTPS, TLS=tls)
    visitor.open(site.url("/", scheme="https"))
    value = visitor.jar.value(f"__Host-{SESSION}")
    for name, status in ((SESSION, 401), (f"__Host-{SESSION}", 200)):
        answer = send("GET", site.url("/", scheme="https"),
                      {"Cookie": f"{name}={value}"})
        assert answer.status == status
