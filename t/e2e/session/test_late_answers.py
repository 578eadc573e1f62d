# SPDX-License-Identifier: Apache-2.0
"""Responses that were under way while their session changed: a page that asks
slowly, and a logout, a login or a refresh in another tab."""

import json
import threading

import pytest

from gateway import eventually, let_pass
from sites import COOKIE_STORE, SITE
from visitor import NAVIGATION, SESSION, send

pytestmark = pytest.mark.slow
IDLE = 8  # a session in cookies is sealed again after a quarter of it


class Poll:
    """A request that the application answers when it is told to."""

    def __init__(self, site, visitor, upstream):
        self.asked, self.released = threading.Event(), threading.Event()
        upstream.answers["/poll"] = (200, {}, self.wait)
        cookies = "; ".join(f"{name}={visitor.jar.value(name)}"
                            for name in visitor.jar.names())
        headers = {**NAVIGATION, "Cookie": cookies}
        self.answer = None
        self.thread = threading.Thread(target=self.run, args=(
            site.url("/poll"), headers))
        self.thread.start()
        assert self.asked.wait(20)

    def wait(self, told):
        self.token = [value for name, value in told["headers"]
                      if name == "Authorization"]
        self.asked.set()
        self.released.wait(60)
        return "late"

    def run(self, url, headers):
        self.answer = send("GET", url, headers, timeout=60)

    def end(self):
        self.released.set()
        self.thread.join(60)
        assert self.answer.status == 200
        return [line for line in self.answer.set_cookies if SESSION in line
                and "Max-Age=0" not in line]


@pytest.fixture
def site(gateway):
    return gateway(SITE, MORE=COOKIE_STORE + f"session_idle_timeout {IDLE}s;"
                   "logout_uri /logout;")


def logged_in(site, visitor):
    assert visitor.open(site.url("/")).status == 200


def copied(visitor):
    """The cookies of the session; put back by `show`."""
    return {name: visitor.jar.value(name) for name in visitor.jar.names()
            if name == SESSION or name[len(SESSION):].strip("_").isdigit()}


def show(visitor, cookies):
    for name, value in cookies.items():
        visitor.jar.put(name, value)


def user(site, visitor):
    return visitor.get(site.url("/")).sent("X-User")


def test_answer_after_a_quarter_of_the_idle_time_moves_the_session_on(
        site, visitor, upstream):
    """U25: the neighbour of what follows."""
    logged_in(site, visitor)
    let_pass(IDLE / 4 + 1)
    assert Poll(site, visitor, upstream).end()


def test_answer_under_way_at_a_logout_brings_no_session_back(
        site, visitor, upstream):
    """U25."""
    logged_in(site, visitor)
    let_pass(IDLE / 4 + 1)
    poll = Poll(site, visitor, upstream)
    assert visitor.get(site.url("/logout")).status == 302
    assert poll.end() == []


def test_answer_under_way_at_a_login_does_not_replace_the_newer_session(
        site, visitor, pool, upstream):
    """U25: John is not turned into Jane."""
    logged_in(site, visitor)
    let_pass(IDLE / 4 + 1)
    poll = Poll(site, visitor, upstream)
    pool.reset(sessions=True)
    pool.settings(auto_login="john")
    answer = visitor.open(visitor.callback_for_new(site.url("/")))
    assert answer.sent("X-User") == ["john"]
    assert poll.end() == []


def test_logout_ends_copies_of_a_sealed_session(site, visitors):
    """U25: on all workers, and not those of other logins."""
    one, other = visitors(), visitors()
    logged_in(site, one)
    logged_in(site, other)
    copy = copied(one)
    assert one.get(site.url("/logout")).status == 302
    show(one, copy)
    assert one.script(site.url("/")).reason == "session_ended"
    assert other.get(site.url("/")).status == 200


def test_ended_session_shown_again_and_again_makes_no_more_stamps(
        gateway, visitor):
    """Who has an old cookie fills no table, and voids no cache."""
    site = gateway(SITE.replace("location /open/", """
        location = /status { auth_oidc_status; allow all; }
        location /open/"""), MORE=COOKIE_STORE + "logout_uri /logout;")
    logged_in(site, visitor)
    copy = copied(visitor)
    for _ in range(20):
        show(visitor, copy)
        visitor.get(site.url("/logout"))
        show(visitor, copy)
        visitor.script(site.url("/"))
    status = json.loads(send("GET", site.url("/status"), {}).text)
    assert [table["entries"] for table in status["tables"]
            if table["table"] == "ended"] == [1]


def test_refreshed_session_is_not_replaced_by_an_older_answer(
        gateway, pool, visitor, upstream):
    """U25: with rotation, the old refresh token would end the session."""
    pool.settings(access_token_validity=12, rotation=True,
                  retry_grace_period_seconds=0)
    site = gateway(SITE, MORE=COOKIE_STORE + "session_idle_timeout 20s;"
                   "refresh_before 1s;")
    logged_in(site, visitor)
    let_pass(6)
    poll = Poll(site, visitor, upstream)  # seals the first tokens again
    first = poll.token
    eventually(lambda: visitor.get(site.url("/")).sent("Authorization")
               != first, 20)
    assert poll.end() == []
