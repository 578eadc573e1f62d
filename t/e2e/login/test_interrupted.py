# SPDX-License-Identifier: Apache-2.0
"""Logins that are interrupted: each leaves a way on (U9, U10, U15, U17)."""

from sites import SITE
from visitor import NAVIGATION, query_of, send


def login_cookies(answer):
    return [line for line in answer.set_cookies
            if "_login_" in line.partition("=")[0]]


def two_tabs(site, other):
    """The answer to the second of two pages that begin a login each."""
    first = send("GET", site.url("/first"), {**NAVIGATION, "Cookie": other})
    mine = [line.partition(";")[0] for line in login_cookies(first)]
    second = send("GET", site.url("/second"),
                  {**NAVIGATION, "Cookie": "; ".join([other, *mine])})
    assert (first.status, second.status, len(mine)) == (302, 302, 1)
    return second


def test_login_cookie_outlives_its_login_by_little(gateway, visitor):
    """U9: where browsers restore sessions, what was left behind goes."""
    site = gateway(SITE, MORE="login_timeout 5m;")
    begun = login_cookies(visitor.get(site.url("/a")))
    assert len(begun) == 1
    assert "; Max-Age=600" in begun[0]


def test_login_interrupted_by_an_outage_returns_to_the_page(
        gateway, pool, visitor):
    """U10: the page of the 503 links to the page first requested."""
    site = gateway(SITE)
    url = visitor.callback_for(site.url("/orders?id=7"))
    pool.faults(token={"mode": "status", "status": 500})
    answer = visitor.get(url)
    assert answer.status == 503
    assert '<a href="/orders?id=7">Try again</a>' in answer.text
    pool.faults(token=None)
    answer = visitor.open(site.url("/orders?id=7"))
    assert answer.status == 200
    assert answer.json["uri"] == "/orders?id=7"


def test_refused_user_is_offered_no_link(gateway, visitor):
    """U10's neighbour: what another try cannot mend has no link."""
    site = gateway(SITE, RULE="auth_oidc_require_group nobody;")
    answer = visitor.open(site.url("/"))
    assert answer.status == 403
    assert "Try again" not in answer.text


def test_two_tabs_beside_large_cookies_both_log_in(gateway):
    """U15: the buffers of the server bound the cookies, not a constant."""
    site = gateway("large_client_header_buffers 4 32k;" + SITE)
    second = two_tabs(site, "app=" + "x" * 9000)
    assert not [line for line in login_cookies(second)
                if "Max-Age=0" in line]


def test_login_beside_cookies_that_leave_no_room_ends_the_oldest(gateway):
    """U15's neighbour: with buffers of 8k there is no room for two."""
    second = two_tabs(gateway(SITE), "app=" + "x" * 7300)
    assert [line for line in login_cookies(second) if "Max-Age=0" in line]


def test_expired_login_page_leads_on(gateway, visitor):
    """U17: Keycloak asks for another try when its page was open too long."""
    site = gateway(SITE)
    state = query_of(visitor.callback_for(site.url("/deep")))["state"]
    answer = visitor.open(site.url(
        "/oidc_callback?error=temporarily_unavailable"
        f"&error_description=authentication_expired&state={state}"))
    assert answer.status == 200
    assert answer.json["uri"] == "/deep"
