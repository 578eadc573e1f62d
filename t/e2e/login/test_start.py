# SPDX-License-Identifier: Apache-2.0
"""Which requests begin a login, several logins at once, and the way back to
the page first asked for."""

from urllib.parse import urlsplit

import pytest

from sites import SITE
from visitor import NAVIGATION, SCRIPT, query_of
from wire import once

LOGIN = "_login_"


def login_cookies(visitor):
    return [name for name in visitor.jar.names() if LOGIN in name]


# --- who is sent to log in ---------------------------------------------------

NAVIGATIONS = {
    "a browser": NAVIGATION,
    "an old browser": {"Accept": NAVIGATION["Accept"]},
    "text/html alone": {"Accept": "text/html"},
    "from another site": {**NAVIGATION, "Sec-Fetch-Site": "cross-site"},
}


@pytest.mark.parametrize("who", NAVIGATIONS)
def test_navigation_is_redirected_to_login(gateway, pool, visitor, who):
    answer = visitor.call("GET", gateway(SITE).url("/"), NAVIGATIONS[who])
    assert answer.status == 302
    assert answer.location.startswith(pool.domain_url)


def test_head_navigation_is_redirected_to_login(gateway, visitor):
    answer = visitor.call("HEAD", gateway(SITE).url("/"), NAVIGATION)
    assert answer.status == 302
    assert not answer.body


OTHERS = {
    "AC-261 curl": {"Accept": "*/*"},
    "AC-261 nothing said": {},
    "AC-261 a fetch": SCRIPT,
    "AC-261 JSON": {"Accept": "application/json"},
    "AC-261 JSON before HTML": {"Accept": "application/json, text/html;q=.5"},
    "AC-261 XHR": {"Accept": NAVIGATION["Accept"],
                   "X-Requested-With": "XMLHttpRequest"},
    "AC-261 EventSource": {"Accept": "text/event-stream"},
    "AC-261 WebSocket": {**NAVIGATION, "Upgrade": "websocket",
                         "Connection": "Upgrade",
                         "Sec-Fetch-Mode": "websocket"},
    "AC-261 old WebSocket": {"Accept": NAVIGATION["Accept"],
                             "Upgrade": "websocket", "Connection": "Upgrade"},
    "AC-261 mode cors": {**NAVIGATION, "Sec-Fetch-Mode": "cors"},
    "AC-261 an image": {**NAVIGATION, "Accept": "image/avif,image/webp,*/*",
                        "Sec-Fetch-Dest": "image"},
    "AC-262 an iframe": {**NAVIGATION, "Sec-Fetch-Dest": "iframe"},
    "AC-131 prefetch": {**NAVIGATION, "Sec-Purpose": "prefetch"},
    "AC-131 prerender": {**NAVIGATION, "Sec-Purpose": "prefetch;prerender"},
    "AC-131 old prefetch": {**NAVIGATION, "Purpose": "prefetch"},
}


@pytest.mark.parametrize("who", OTHERS)
def test_request_that_is_no_navigation_is_401(gateway, visitor, who):
    """AC-187: and leaves no state cookie."""
    answer = visitor.call("GET", gateway(SITE).url("/"), OTHERS[who])
    assert answer.status == 401
    assert answer.challenge == 'Bearer realm="127.0.0.1"'
    assert not answer.set_cookies


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH",
                                    "OPTIONS", "PROPFIND"])
def test_request_by_another_method_is_401(gateway, visitor, upstream, method):
    """AC-224, AC-254."""
    answer = visitor.call(method, gateway(SITE).url("/"), NAVIGATION, "a=b")
    assert answer.status == 401
    assert not answer.set_cookies
    assert not upstream.requests


MODES = [("login", SCRIPT, 302), ("login", NAVIGATION, 302),
         ("deny", NAVIGATION, 401), ("deny", SCRIPT, 401),
         ("pass", NAVIGATION, 200), ("pass", SCRIPT, 200),
         ("auto", NAVIGATION, 302), ("auto", SCRIPT, 401)]


@pytest.mark.parametrize("mode, headers, status", MODES,
                         ids=lambda value: str(value)[:6])
def test_unauthenticated_directive_sets_the_status(
        gateway, visitor, mode, headers, status):
    site = gateway(SITE, RULE=f"auth_oidc_unauthenticated {mode};")
    answer = visitor.call("GET", site.url("/"), headers)
    assert answer.status == status


def test_unauthenticated_login_does_not_redirect_a_post(gateway, visitor):
    """AC-224."""
    site = gateway(SITE, RULE="auth_oidc_unauthenticated login;")
    assert visitor.call("POST", site.url("/"), NAVIGATION).status == 401


def test_unauthenticated_pass_sends_no_identity(gateway, visitor):
    """AC-228: the rest of the request goes on as nobody's."""
    site = gateway(SITE, RULE="auth_oidc_unauthenticated pass; "
                   "auth_oidc_set_header X-In $oidc_authenticated;")
    answer = visitor.get(site.url("/"), **{
        "X-User": "root", "X-Email": "root@example.com", "X-In": "1"})
    assert answer.status == 200
    for name in ("X-User", "X-Email", "X-In", "Authorization"):
        assert answer.sent(name) == []


def test_unauthenticated_pass_with_a_rule_is_401(gateway, visitor):
    site = gateway(SITE, RULE="auth_oidc_unauthenticated pass; "
                   "auth_oidc_require_group admins;")
    assert visitor.get(site.url("/")).status == 401


def test_session_method_without_login_method_is_401(gateway, visitor):
    site = gateway(SITE, RULE="auth_oidc_methods session;")
    assert visitor.get(site.url("/")).status == 401


def test_navigation_with_a_bad_bearer_token_is_401(gateway, visitor):
    """A credential that came decides; it never falls through."""
    answer = visitor.get(gateway(SITE).url("/"),
                         Authorization="Bearer nonsense")
    assert answer.status == 401
    assert not answer.set_cookies


def test_login_over_http_with_secure_cookies_is_400(gateway, visitor):
    """AC-193, AC-264: no login that no browser could end."""
    site = gateway(SITE, MORE="cookie_secure on;")
    answer = visitor.get(site.url("/"))
    assert (answer.status, answer.reason) == (400, "insecure_login")
    assert not answer.set_cookies


def test_login_with_an_invalid_host_is_400(gateway):
    """AC-253."""
    site = gateway(SITE)
    answer = once(site.port, headers=["Accept: text/html"], host="a_b,c")
    assert answer.status == 400


# --- several at once ---------------------------------------------------------

@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1)])
def test_logins_in_several_tabs_end_in_any_order(
        gateway, visitor, order, store):
    """AC-188: each at its own page."""
    site = gateway(SITE, MORE=store)
    urls = [visitor.callback_for(site.url(f"/tab{i}")) for i in range(4)]
    for i in order:
        answer = visitor.open(urls[i])
        assert answer.status == 200
        assert answer.json["uri"] == f"/tab{i}"
    assert not login_cookies(visitor)


def test_abandoned_logins_do_not_pile_up(gateway, visitor):
    """AC-187: the newest one works, and the others do not pile up."""
    site = gateway(SITE)
    for _ in range(50):
        visitor.start(site.url("/"))
    kept = len(login_cookies(visitor))
    assert 2 <= kept <= 8
    assert visitor.open(site.url("/last")).json["uri"] == "/last"


def test_forged_login_cookies_do_not_block_a_login(gateway, visitor):
    """AC-187: a hundred of our names, none of our making."""
    site = gateway(SITE)
    for i in range(30):
        visitor.jar.put(f"NGX_OIDC_SESSION_login_{i:08}", "x" * 100)
    assert visitor.open(site.url("/")).status == 200


def test_login_cookie_behind_one_of_another_site_is_found(gateway, visitor):
    """AC-182: another site of the domain set one in front of ours."""
    site = gateway(SITE)
    url = visitor.callback_for(site.url("/"))
    [name] = login_cookies(visitor)
    own = visitor.jar.header("127.0.0.1", "/", False)
    answer = once(site.port, url[len(site.url("")):], headers=[
        "Accept: text/html", f"Cookie: {name}=AAAA; {own}"],
        host=f"127.0.0.1:{site.port}")
    assert answer.status == 302


# --- the way back ------------------------------------------------------------

PATHS = [
    "/app?a=1&b=%26&c=", "/a%20b?x=%C3%BC", "/a+b?c+d", "/%7Euser/", "/a%2Fb",
    "/a;b=c?d=e;f", "/?", "/a?b?c=d", "/a?next=https://evil.example/",
    "/a?state=x&code=y", "/a//b", "/a/./b", "/a/../b", "/b/%2e%2e/x",
    "/%2f/evil.example", "/%5cevil.example", "/a?x=%0d%0aSet-Cookie:y=1",
    "/" + "a" * 1500, "/a?" + "b" * 1800, "/d?var-re=foo\\.bar\\d+",
]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path[:20])
def test_login_returns_to_the_url_byte_for_byte(gateway, visitor, path):
    """AC-214, AC-215, AC-219, AC-223: as it was first written."""
    site = gateway(SITE)
    answer = visitor.get(visitor.callback_for(site.url(path)))
    assert answer.status == 302
    assert answer.location in (path, site.url(path))
    assert not [line for line in answer.set_cookies if "x=1" in line]


@pytest.mark.parametrize("path", ["/a%0d%0aSet-Cookie:x=1", "/a%0ab",
                                  "/a%7f"])
def test_login_returns_to_the_root_for_an_unsafe_url(gateway, visitor, path):
    """AC-213, AC-219: an address with control characters is not kept."""
    site = gateway(SITE)
    answer = visitor.get(visitor.callback_for(site.url(path)))
    assert answer.location == "/"
    assert not [line for line in answer.set_cookies if "x=1" in line]


ODD = ["//evil.example/", "///evil.example", "/\\evil.example",
       "//evil.example/%2e%2e", "//evil.example:80/..", "/.//evil.example",
       "/a/..//evil.example"]


@pytest.mark.parametrize("target", ODD)
def test_login_never_returns_to_another_origin(gateway, visitor, target):
    """AC-211, AC-212, AC-213, AC-215, AC-221: with slashes left as they
    are."""
    site = gateway(SITE.replace("listen", "merge_slashes off; listen"))
    begun = once(site.port, target, headers=["Accept: text/html"],
                 host=f"127.0.0.1:{site.port}")
    assert begun.status == 302
    visitor.jar.take("127.0.0.1", False, begun.set_cookies)
    code = visitor.get(begun.location).location
    ended = visitor.get(code)
    assert ended.status == 302
    went = urlsplit(ended.location.replace("\\", "/"))
    assert went.netloc in ("", f"127.0.0.1:{site.port}")
    assert not ended.location.startswith(("//", "/\\", "/\t"))


def test_login_returns_to_a_long_url_whole_or_to_the_root(gateway, visitor):
    """AC-220: whole or the start page, never a part of it."""
    site = gateway(SITE)
    path = "/a?" + "b" * 6000
    answer = visitor.get(visitor.callback_for(site.url(path)))
    assert answer.location in (path, site.url(path), "/", site.url("/"))


def test_login_returns_to_the_configured_page(gateway, visitor):
    site = gateway(SITE, RULE="auth_oidc_login_redirect_uri /home;")
    assert visitor.open(site.url("/deep?a=1")).json["uri"] == "/home"


def test_query_parameters_do_not_choose_the_return_page(gateway, visitor):
    """AC-210, AC-222, AC-226: no parameter names the way back."""
    site = gateway(SITE)
    for name in ("rd", "next", "return_to", "redirect_uri",
                 "target_link_uri"):
        path = f"/?{name}=https://evil.example"
        assert visitor.open(site.url(path)).url == site.url(path)
        visitor.jar.clear()


def test_login_started_by_head_returns_to_the_page(gateway, visitor):
    """AC-224."""
    site = gateway(SITE)
    answer = visitor.call("HEAD", site.url("/x"), NAVIGATION)
    code = visitor.get(answer.location).location
    assert visitor.open(code).status == 200


def test_authorization_request_does_not_reveal_the_page(gateway, visitor):
    site = gateway(SITE)
    url = visitor.start(site.url("/secret-page"))
    assert "secret-page" not in url
    assert query_of(url)["redirect_uri"] == site.url("/oidc_callback")
