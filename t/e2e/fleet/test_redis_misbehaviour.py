# SPDX-License-Identifier: Apache-2.0
"""Each way in which Redis misbehaves, against each kind of request. The
statuses are those of docs/outages.md, row by row; when the fault ends, all is
well again by itself."""

import re

import pytest

from gateway import ROOT, eventually, polling
from redis_proxy import Proxy
from visitor import SESSION, bearer, send

DOCUMENT = ROOT / "docs/outages.md"
COLUMNS = ("known session", "session of another nginx", "bearer", "new visit",
           "callback", "logout")
# What begins each fault, and what ends it; None: see `staged`.
FAULTS = {
    "dead at start": None,
    "dead later": (lambda redis, proxy: redis.kill(),
                   lambda redis, proxy: redis.start()),
    "silent": (lambda redis, proxy: redis.pause(),
               lambda redis, proxy: redis.go_on()),
    "a second late": "slow",
    "cut": "cut",
    "garbage": "garbage",
    "huge reply": "huge",
    "a replica": (
        lambda redis, proxy: redis.ask("REPLICAOF", "127.0.0.1", "1"),
        lambda redis, proxy: redis.ask("REPLICAOF", "NO", "ONE")),
    "out of memory": (
        lambda redis, proxy: redis.ask("CONFIG", "SET", "maxmemory", "1"),
        lambda redis, proxy: redis.ask("CONFIG", "SET", "maxmemory", "0")),
    "wrong password": (lambda redis, proxy: locked(redis),
                       lambda redis, proxy: unlocked(redis)),
    "lost data": (lambda redis, proxy: redis.ask("FLUSHALL"),
                  lambda redis, proxy: None),
}
# Before a fault is noticed, a session that is known is certain for so long.
NOTICED = 4


def locked(redis):
    redis.ask("CONFIG", "SET", "requirepass", "another")
    redis.password = "another"
    for kind in ("normal", "pubsub"):
        redis.ask("CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes")


def unlocked(redis):
    redis.ask("CONFIG", "SET", "requirepass", "")
    redis.password = None


def documented():
    """The table of the document: {fault: {column: status}}."""
    rows = [[cell.strip() for cell in line.strip("|\n").split("|")]
            for line in DOCUMENT.read_text().splitlines()
            if line.startswith("| ")]
    head, *rows = [row for row in rows if len(row) == len(COLUMNS) + 1]
    return {row[0]: dict(zip(head[1:], row[1:])) for row in rows}


def test_redis_table_of_the_outages_document_has_these_rows_and_columns():
    table = documented()
    assert list(table) == list(FAULTS)
    assert all(list(row) == list(COLUMNS) for row in table.values())


def cookie(visitor):
    return {"Cookie": f"{SESSION}={visitor.session}"}


class Scene:
    """One nginx behind a proxy that misbehaves, and another one beside it."""

    def __init__(self, fleet, redis, proxy, pool, visitors):
        self.other, self.site = fleet(2, [redis.address, proxy.address],
                                      store_more="stale 30s;")
        for one in (self.site, self.other):
            one.may_say = "session store"
        self.person, self.leaver, self.roamer, self.stranger = (
            visitors() for _ in range(4))
        for one in (self.person, self.leaver):
            eventually(lambda v=one: v.open(self.site.url("/")).status == 200)
        # News of a login takes away the copies of the session, once.
        for _ in polling(1):
            assert self.ask("known session").status == 200
        assert self.roamer.open(self.other.url("/")).status == 200
        self.visitors = visitors
        self.callback = self.stranger.callback_for(
            self.other.url("/")).replace(self.other.url(""), self.site.url(""))
        self.token = bearer(pool.issue("access"))

    def ask(self, column):
        url = self.site.url("/")
        return {
            "known session": lambda: send("GET", url, cookie(self.person)),
            "session of another nginx":
                lambda: send("GET", url, cookie(self.roamer)),
            "bearer": lambda: send("GET", url, self.token),
            "new visit": lambda: self.visitors().get(url),
            "callback": lambda: self.stranger.get(self.callback),
            "logout": lambda: self.leaver.get(self.site.url("/logout")),
        }[column]()


@pytest.mark.parametrize("fault", FAULTS)
def test_redis_fault_has_the_documented_results(
        fleet, redis, pool, visitors, fault):
    proxy = Proxy(redis.port)
    try:
        play(Scene(fleet, redis, proxy, pool, visitors), redis, proxy, fault)
    finally:
        proxy.stop()
        if redis.process.poll() is None:
            redis.go_on()


def play(scene, redis, proxy, fault):
    given = FAULTS[fault]
    if given is None:
        assert scene.site.stop() == []
        redis.kill()
        scene.site.start()
    elif isinstance(given, str):
        proxy.mode = given
    else:
        given[0](redis, proxy)
    expected = documented()[fault]
    for column in COLUMNS:
        answer = eventually(lambda c=column: told(scene.ask(c), expected[c]),
                            within=NOTICED * 5)
        if answer.status == 503:
            assert answer.reason == "store_unavailable"
            assert int(answer.headers["Retry-After"]) > 0
            assert not [one for one in answer.set_cookies if re.match(
                rf"{SESSION}=", one)]
    if given is None:
        redis.start()
    elif isinstance(given, str):
        proxy.mode = "pass"
    else:
        given[1](redis, proxy)
    eventually(lambda: scene.visitors().open(
        scene.site.url("/")).status == 200, within=30)


def told(answer, expected):
    """The answer, as soon as the fault has been noticed; until then the one
    before it, and never another."""
    before = {"200", "302"}
    assert str(answer.status) in {expected, *before}, answer
    return answer if str(answer.status) == expected else None
