# SPDX-License-Identifier: Apache-2.0
"""Tokens of sessions that several nginx share are refreshed once. Tokens here
live 12 seconds, since a session is refreshed every 10 seconds at most."""

import itertools
from concurrent.futures import ThreadPoolExecutor

import pytest

from crowd import together
from gateway import eventually, let_pass
from visitor import SESSION, send

pytestmark = pytest.mark.slow
LIFE = 12
REFRESH = "token.refresh_token"


@pytest.fixture
def short(pool):
    """Short lives, and a rotation that forgives nothing."""
    pool.settings(access_token_validity=LIFE, rotation=True,
                  retry_grace_period_seconds=0)
    return pool


def header(visitor):
    return {"Cookie": f"{SESSION}={visitor.session}"}


def at_each(sites, visitor, count):
    """So many requests with one cookie at once, over all nginx in turn."""
    turns = itertools.cycle(sites)
    return together(count, lambda: send("GET", next(turns).url("/"),
                                        header(visitor), timeout=60))


def test_racing_requests_of_six_nginx_refresh_once(
        fleet, redis, short, visitor):
    """One call for 200 requests, with rotation that forgives nothing."""
    sites = fleet(6, redis.address)
    visitor.open(sites[0].url("/"))
    assert {a.status for a in at_each(sites, visitor, 12)} == {200}
    let_pass(LIFE)
    short.faults(**{REFRESH: {"mode": "slow", "seconds": 1, "times": 1}})
    answers = at_each(sites, visitor, 200)
    assert {answer.status for answer in answers} == {200}
    assert short.count(REFRESH) == 1
    let_pass(LIFE)
    assert {a.status for a in at_each(sites, visitor, 60)} == {200}
    assert short.count(REFRESH) == 2


def test_refused_refresh_ends_the_session_at_all(fleet, redis, short, visitor):
    sites = fleet(3, redis.address)
    visitor.open(sites[0].url("/"))
    assert {a.status for a in at_each(sites, visitor, 6)} == {200}
    let_pass(LIFE)
    short.faults(**{REFRESH: {"mode": "status", "status": 400,
                              "headers": {"Content-Type": "application/json"},
                              "body": '{"error":"invalid_grant"}'}})
    assert {send("GET", site.url("/"), header(visitor)).status
            for site in sites} == {401}
    assert short.count(REFRESH) == 1


def test_refreshed_tokens_outlive_an_outage_of_redis(
        fleet, redis, short, visitor):
    """What a refresh token was spent for is written when Redis is back."""
    first, second = sites = fleet(2, redis.address)
    for site in sites:
        site.may_say = "session store"
    visitor.open(first.url("/"))
    let_pass(LIFE)
    short.faults(**{REFRESH: {"mode": "slow", "seconds": 2, "times": 1}})
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(send, "GET", first.url("/"), header(visitor))
        eventually(lambda: short.count(REFRESH) == 1)
        redis.pause()
        assert late.result().status == 200
    redis.go_on()
    eventually(lambda: send("GET", second.url("/"),
                            header(visitor)).status == 200)
    assert short.count(REFRESH) == 1
