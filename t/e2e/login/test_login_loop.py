# SPDX-License-Identifier: Apache-2.0
"""AC-442: logins that succeed and whose session does not come back end after
three, at a page that says why, and end nobody else's."""

import re

import pytest

from sites import SITE
from visitor import NAVIGATION, SESSION

LOGINS = "NGX_OIDC_SESSION_logins"
BLOCKED = "does not send the cookie"


def login(visitor, url):
    """One login up to the answer of the callback."""
    answer = visitor.get(visitor.callback_for(url))
    assert answer.status == 302, answer
    return answer


def lose_session(visitor):
    for key in [key for key in visitor.jar._kept if key[1] == SESSION]:
        del visitor.jar._kept[key]


def log_in_and_lose(visitor, url, times=3):
    for _ in range(times):
        login(visitor, url)
        lose_session(visitor)


def stopped(answer, reason):
    assert answer.status == 400, answer
    assert answer.reason == "login_loop"
    assert answer.headers["Content-Type"].startswith("text/html")
    assert reason in answer.text
    return re.search(r'<a href="([^"]*)">Try again</a>', answer.text)[1]


def test_third_login_without_a_session_ends_at_a_page(
        gateway, pool, visitor, store):
    site = gateway(SITE, MORE=store)
    url = site.url("/page?a=1")
    log_in_and_lose(visitor, url)
    authorized = pool.count("authorize")
    assert stopped(visitor.get(url), BLOCKED) == "/page?a=1"
    assert pool.count("authorize") == authorized
    site.said("login_loop")


def test_second_login_without_a_session_goes_on(gateway, visitor, store):
    site = gateway(SITE, MORE=store)
    log_in_and_lose(visitor, site.url("/"), 2)
    assert visitor.open(site.url("/")).status == 200


def test_link_of_the_page_logs_in_again(gateway, visitor):
    site = gateway(SITE)
    log_in_and_lose(visitor, site.url("/"))
    stopped(visitor.get(site.url("/")), BLOCKED)
    assert visitor.open(site.url("/")).status == 200


def test_page_outside_of_cookie_path_ends_the_loop(gateway, pool, visitor):
    site = gateway(SITE, MORE="redirect_uri /app/callback; cookie_path /app;")
    pool.allow(site.url("/app/callback"), site.url("/"))
    answer = visitor.open(site.url("/outside"))
    stopped(answer, "outside of cookie_path")
    assert sum("/app/callback?code=" in step.url
               for step in answer.history) == 3
    assert visitor.open(site.url("/app/inside")).status == 200


def test_cookie_of_another_value_ends_the_loop(gateway, visitor):
    site = gateway(SITE)
    url = site.url("/")
    for _ in range(3):
        login(visitor, url)
        lose_session(visitor)
        visitor.jar.take("127.0.0.1", False, [f"{SESSION}={'A' * 43}; Path=/"])
    stopped(visitor.get(url), "another session cookie")


def test_session_that_was_seen_begins_a_new_count(gateway, visitor, store):
    site = gateway(SITE, MORE=store)
    for _ in range(5):
        assert visitor.open(site.url("/")).status == 200
        assert LOGINS not in visitor.jar.names()
        lose_session(visitor)


def test_count_is_removed_once_and_never_sent_upstream(
        gateway, visitor, upstream):
    site = gateway(SITE)
    login(visitor, site.url("/"))
    assert LOGINS in visitor.jar.names()
    first = visitor.get(site.url("/"))
    assert [line.split(";")[0] for line in first.set_cookies] == [f"{LOGINS}="]
    assert not visitor.get(site.url("/")).set_cookies
    assert LOGINS not in str(upstream.requests)


def test_location_without_sessions_logs_in_for_each_page(gateway, visitor):
    site = gateway(SITE, RULE="auth_oidc_methods authorization_code;")
    for number in range(5):
        login(visitor, site.url(f"/{number}"))


def test_tabs_that_log_in_together_are_no_loop(gateway, visitor):
    """Each began when there was no session."""
    site = gateway(SITE)
    pages = [site.url(f"/{number}") for number in range(5)]
    callbacks = [visitor.callback_for(page) for page in pages]
    for callback in callbacks:
        assert visitor.get(callback).status == 302
    lose_session(visitor)
    assert visitor.open(pages[0]).status == 200


def test_logout_removes_the_count(gateway, visitor):
    site = gateway(SITE, MORE="logout_uri /logout;")
    login(visitor, site.url("/"))
    visitor.get(site.url("/logout"))
    assert LOGINS not in visitor.jar.names()


# --- cookies of strangers ----------------------------------------------------

def toss(visitor, value):
    """As another host of the domain can: it comes before ours and stays."""
    visitor.jar._kept = {
        ("127.0.0.1", LOGINS, ""): type("Cookie", (), {
            "name": LOGINS, "value": value, "attributes": {}})(),
        **visitor.jar._kept}


@pytest.mark.parametrize("value", ["", "3", "A" * 70, "\x7f"], ids=repr)
def test_invented_count_ends_no_login(gateway, visitor, value):
    site = gateway(SITE)
    toss(visitor, value)
    assert visitor.open(site.url("/")).status == 200


def test_count_of_a_stranger_does_not_stop_the_link_of_the_page(
        gateway, visitors):
    site = gateway(SITE)
    url = site.url("/")
    mallory, victim = visitors(), visitors()
    log_in_and_lose(mallory, url)
    toss(victim, mallory.jar.value(LOGINS))
    for _ in range(3):
        stopped(victim.get(url), BLOCKED)
        assert victim.open(url).status == 200
        lose_session(victim)


# --- SameSite=Strict ---------------------------------------------------------

STRICT = "cookie_samesite Strict;"


def test_strict_login_goes_on_from_a_page_of_our_own(gateway, visitor):
    """A redirect would still be a navigation of the provider's site."""
    site = gateway(SITE, MORE=STRICT)
    callback = visitor.callback_for(site.url("/page?a='1\"&b=2"))
    answer = visitor.get(callback, **{"Sec-Fetch-Site": "cross-site"})
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    target = "/page?a=&#39;1&quot;&amp;b=2"
    assert f'<meta http-equiv="refresh" content="0; url={target}">' \
        in answer.text
    assert f'<a href="{target}">' in answer.text
    [count] = [line for line in answer.set_cookies if LOGINS in line]
    assert "SameSite=Lax" in count
    assert visitor.get(site.url("/")).status == 200


@pytest.mark.parametrize("from_site", ["same-origin", "same-site", "none"])
def test_strict_login_within_one_site_is_redirected(
        gateway, visitor, from_site):
    site = gateway(SITE, MORE=STRICT)
    callback = visitor.callback_for(site.url("/"))
    answer = visitor.call("GET", callback, {**NAVIGATION,
                                            "Sec-Fetch-Site": from_site})
    assert answer.status == 302
