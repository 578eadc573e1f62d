# SPDX-License-Identifier: Apache-2.0
"""The provider ends a browser's session by a frame: front-channel logout."""

from urllib.parse import urlencode

import pytest

from sites import COOKIE_STORE
from test_backchannel import enter, is_in
from test_logout import GENERIC
from visitor import NAVIGATION

FRONT = "frontchannel_logout_uri /front; "
FRAME = {**NAVIGATION, "Sec-Fetch-Site": "cross-site",
         "Sec-Fetch-Dest": "iframe"}


@pytest.fixture
def site(gateway, store):
    return gateway(GENERIC, MORE=store + FRONT, main="worker_processes 2;")


def frame(site, visitor, **query):
    return visitor.call("GET", site.url(f"/front?{urlencode(query)}"), FRAME)


def test_frontchannel_logout_ends_the_session_of_the_browser(
        site, pool, visitor):
    """AC-276: on all workers, and for copies of the cookies."""
    enter(site, pool, visitor)
    kept = dict(visitor.jar._kept)
    assert is_in(site, visitor)
    answer = frame(site, visitor, iss=pool.issuer, sid="sid-1")
    assert (answer.status, answer.reason) == (200, "")
    assert answer.headers["Cache-Control"] == "no-store"
    assert visitor.jar.names() == []
    visitor.jar._kept = kept
    assert not is_in(site, visitor)


def test_frontchannel_response_may_be_framed_by_the_provider(
        gateway, pool, visitor):
    site = gateway(GENERIC, MORE=FRONT)
    answer = enter(site, pool, visitor) and frame(site, visitor)
    policy = answer.headers["Content-Security-Policy"]
    service = pool.service_url
    domain = pool.domain_url
    assert policy.endswith(f"frame-ancestors {service} {domain}")
    assert answer.headers["X-Frame-Options"] is None


WRONG = [
    {"sid": "sid-2", "iss": "@ISSUER@"},
    {"sid": "sid-1", "iss": "https://evil.example"},
    {"sid": "", "iss": "@ISSUER@"},
]


@pytest.mark.parametrize("query", WRONG)
def test_frontchannel_logout_of_another_sid_ends_no_session(
        site, pool, visitor, query):
    """AC-276."""
    enter(site, pool, visitor)
    answer = frame(site, visitor, **{
        name: value.replace("@ISSUER@", pool.issuer)
        for name, value in query.items()})
    assert (answer.status, answer.reason) == (200, "logout_refused")
    assert answer.set_cookies == []
    assert is_in(site, visitor)


def test_frontchannel_logout_in_another_browser_ends_no_session(
        site, pool, visitors):
    """AC-276: a sid alone is no key to somebody's session."""
    jane = enter(site, pool, visitors())
    assert frame(site, visitors(), iss=pool.issuer,
                 sid="sid-1").status == 200
    assert is_in(site, jane)


@pytest.mark.parametrize("query", [{"sid": "sid-1"}, {"iss": "x"}])
def test_frontchannel_logout_with_iss_or_sid_alone_is_400(
        site, pool, visitor, query):
    enter(site, pool, visitor)
    answer = frame(site, visitor, **query)
    assert (answer.status, answer.reason) == (400, "logout_malformed")
    assert is_in(site, visitor)


def test_frontchannel_logout_without_parameters_ends_own_session(
        gateway, pool, visitors):
    site = gateway(GENERIC, MORE=FRONT)
    jane = enter(site, pool, visitors(), "sid-1")
    other = enter(site, pool, visitors(), "sid-2")
    assert frame(site, jane).status == 200
    assert jane.jar.names() == []
    assert is_in(site, other)


def test_frontchannel_logout_has_no_script_and_revokes_nothing(
        gateway, pool, visitor):
    """AC-276: nothing of the address is on the page; no call is made."""
    site = gateway(GENERIC, MORE=FRONT + COOKIE_STORE)
    enter(site, pool, visitor)
    answer = frame(site, visitor, iss="<script>alert(1)</script>",
                   sid="<script>")
    assert "script" not in answer.text
    frame(site, visitor, iss=pool.issuer, sid="sid-1")
    assert pool.count("revoke") == 0


def test_frontchannel_logout_by_another_method_is_405(gateway, pool, visitor):
    site = gateway(GENERIC, MORE=FRONT)
    enter(site, pool, visitor)
    answer = visitor.call("POST", site.url("/front"), FRAME, "")
    assert (answer.status, answer.headers["Allow"]) == (405, "GET")
    assert is_in(site, visitor)
