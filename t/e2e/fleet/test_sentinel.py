# SPDX-License-Identifier: Apache-2.0
"""A master that Sentinels name: a failover loses no session and needs no
reload."""

import threading
import time

import pytest

from gateway import eventually
from redis_server import Watched
from sites import MEMBER, SECRET
from visitor import SESSION, send

WATCHED = MEMBER.replace("server @REDIS@;", "sentinel main @REDIS@;")


@pytest.fixture
def watched(tmp_path):
    made = Watched(tmp_path)
    eventually(made.is_ready, within=60)
    yield made
    made.stop()


@pytest.fixture
def fleet(gateway):
    def start(count, addresses):
        members = []
        for _ in range(count):
            front = members[0].ports["PORT"] if members else "@PORT@"
            members.append(gateway(WATCHED, REDIS=addresses, FRONT=front,
                                   MORE=SECRET,
                                   STORE_MORE="stale 30s;"))
            members[-1].may_say = "session store"
        return members
    return start


def cookie(visitor):
    return {"Cookie": f"{SESSION}={visitor.session}"}


@pytest.mark.slow
@pytest.mark.parametrize("how", ["killed", "silent"])
def test_failover_under_load_loses_no_session(
        fleet, watched, visitors, how):
    first, second = fleet(2, watched.addresses)
    users = [visitors() for _ in range(8)]
    for user in users:
        assert user.open(first.url("/")).status == 200
    old = watched.master()
    eventually(lambda: all(len(one.keys("oidc:1:s:*")) == len(users)
                           for one in watched.servers))
    failed, stop = [], threading.Event()

    def ask(site, user):
        while not stop.is_set():
            status = send("GET", site.url("/"), cookie(user)).status
            if status != 200:
                failed.append((time.monotonic(), status))
            time.sleep(0.02)
    threads = [threading.Thread(target=ask, args=(site, user))
               for site in (first, second) for user in users]
    for site in (first, second):
        for user in users:
            assert user.get(site.url("/")).status == 200
    for thread in threads:
        thread.start()
    begun = time.monotonic()
    old.kill() if how == "killed" else old.pause()
    eventually(lambda: watched.master() is not old, within=60)
    switched = time.monotonic() - begun
    eventually(lambda: visitors().get(first.url("/")).status == 302,
               within=60)
    ready = time.monotonic() - begun
    stop.set()
    for thread in threads:
        thread.join()
    assert not failed  # known sessions notice nothing
    for site in (first, second):
        for user in users:
            eventually(lambda site=site, user=user: send(
                "GET", site.url("/"), cookie(user)).status == 200)
    for user in users:
        assert user.get(second.url("/")).status == 200
    print(f"failover {switched:.1f} s, logins again after {ready:.1f} s")


def test_dead_sentinels_are_passed_over(fleet, watched, visitor):
    for one in watched.sentinels[:2]:
        one.kill()
    site, = fleet(1, watched.addresses)
    eventually(lambda: visitor.open(site.url("/")).status == 200)


def test_unknown_master_is_503_and_is_named(gateway, watched, visitor):
    site = gateway(WATCHED.replace("sentinel main", "sentinel other"),
                   REDIS=watched.addresses, FRONT="@PORT@", MORE=SECRET,
                   STORE_MORE="")
    site.may_say = "session store"
    answer = visitor.get(site.url("/"))
    assert (answer.status, answer.reason) == (503, "store_unavailable")
    site.expect("the Sentinel knows no such master")
    eventually(lambda: "knows no such master" in site.log())


def test_server_and_sentinel_exclude_each_other(refused):
    refused("oidc_session_store fleet { type redis; server a; "
            "sentinel main b; }", "exclude each other")
