# SPDX-License-Identifier: Apache-2.0
"""AC-436: cookies that another host of the domain sets beside ours. A server
cannot tell them apart by anything but what they open."""

import pytest

from sites import COOKIE_STORE, SITE, STORES
from visitor import NAVIGATION, SCRIPT, SESSION, Visitor, send

BIG = {"claims": {"custom:a": "x" * 1200, "custom:b": "y" * 1200}}


@pytest.fixture(params=STORES)
def site(gateway, pool, request):
    pool.tamper(id=BIG)
    return gateway("large_client_header_buffers 4 64k;" + SITE,
                   MORE=STORES[request.param])


def log_in(site, visitor):
    assert visitor.open(site.url("/")).status == 200
    return visitor.jar.header("127.0.0.1", "/", False)


def ask(site, cookies, headers=SCRIPT):
    return send("GET", site.url("/"), {**headers, "Cookie": cookies})


@pytest.mark.parametrize("count", [1, 3, 20])
@pytest.mark.parametrize("value", ["x", "A" * 43, "2.AAAA", ""])
def test_tossed_values_lock_nobody_out(site, visitor, value, count):
    own = log_in(site, visitor)
    tossed = "; ".join([f"{SESSION}={value}"] * count)
    for cookies in (f"{tossed}; {own}", f"{own}; {tossed}"):
        answer = ask(site, cookies)
        assert (answer.status, answer.sent("X-User")) == (200, ["jane"])
        assert answer.set_cookies == []


@pytest.mark.parametrize("number", range(1, 5))
def test_stray_chunk_locks_nobody_out(site, visitor, number):
    own = log_in(site, visitor)
    for cookies in (f"{SESSION}_{number}=x; {own}",
                    f"{own}; {SESSION}_{number}=x"):
        answer = ask(site, cookies)
        assert answer.status == 200
        assert answer.set_cookies == []


def test_doubled_cookies_that_open_nothing_are_not_removed(site, visitor):
    """Ours may be behind one of them, and may open again."""
    log_in(site, visitor)
    cookies = f"{SESSION}=x; {SESSION}={visitor.session[:-1]}"
    assert ask(site, cookies).status == 401
    assert ask(site, cookies).set_cookies == []
    login = ask(site, cookies, NAVIGATION)
    assert login.status == 302
    assert [line for line in login.set_cookies
            if line.startswith(f"{SESSION}=")] == []


def test_single_cookie_that_opens_nothing_is_removed(site):
    """By the navigation that logs in; a script's 401 could be late."""
    kept = ask(site, f"{SESSION}=x")
    assert kept.status == 401 and not kept.set_cookies
    answer = send("GET", site.url("/"),
                  {**NAVIGATION, "Cookie": f"{SESSION}=x"})
    assert answer.status == 302
    assert any(line.startswith(f"{SESSION}=;") and "Max-Age=0" in line
               for line in answer.set_cookies)


def test_of_two_users_sessions_none_is_chosen(site, pool, visitor):
    """Nobody works in an account that somebody else has tossed."""
    own = log_in(site, visitor)
    pool.settings(auto_login="john")
    other = log_in(site, Visitor())
    for cookies in (f"{other}; {own}", f"{own}; {other}"):
        answer = ask(site, cookies)
        assert (answer.status, answer.reason) == (400, "session_ambiguous")
        assert answer.set_cookies == []
    assert ask(site, own).sent("X-User") == ["jane"]
    assert ask(site, other).sent("X-User") == ["john"]


def test_of_one_users_sessions_the_newest_counts(site, visitor):
    own = log_in(site, visitor)
    again = log_in(site, Visitor())
    for cookies in (f"{again}; {own}", f"{own}; {again}"):
        answer = ask(site, cookies)
        assert (answer.status, answer.sent("X-User")) == (200, ["jane"])


def test_sessions_of_two_cookie_domains_do_not_hide_each_other(
        gateway, pool, visitor):
    """A session of example.com and one of staging.example.com, in chunks of
    the same names."""
    pool.tamper(id=BIG)
    text = "large_client_header_buffers 4 64k;" + SITE
    inner, outer = (gateway(text, MORE=COOKIE_STORE) for _ in range(2))
    own, other = log_in(inner, visitor), log_in(outer, Visitor())
    for cookies in (f"{other}; {own}", f"{own}; {other}"):
        assert ask(inner, cookies).sent("X-User") == ["jane"]
        assert ask(outer, cookies).sent("X-User") == ["jane"]
