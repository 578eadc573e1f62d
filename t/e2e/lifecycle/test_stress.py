# SPDX-License-Identifier: Apache-2.0
"""nginx under load while it reloads, loses workers, or has one process
only."""

import threading

import pytest

from gateway import eventually
from sites import COOKIE_STORE, SITE
from visitor import bearer, send

pytestmark = pytest.mark.stress
TWO_WORKERS = "worker_processes 2;"


class Load:
    """Requests from some threads, until it is left; each on a connection of
    its own, so that none meets one that a worker is about to close."""

    def __init__(self, url, headers, threads=4):
        self.url, self.headers = url, headers
        self.statuses, self.errors = [], []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run)
                         for _ in range(threads)]

    def _run(self):
        while not self._stop.is_set():
            try:
                self.statuses.append(
                    send("GET", self.url, self.headers).status)
            except OSError as error:
                self.errors.append(error)

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        eventually(lambda: len(self.statuses) > 10)
        return self

    def __exit__(self, *_):
        count = len(self.statuses)
        eventually(lambda: len(self.statuses) > count + 10)
        self._stop.set()
        for thread in self._threads:
            thread.join(30)


@pytest.mark.parametrize("more", ["", COOKIE_STORE], ids=["memory", "cookie"])
def test_reload_storm_fails_no_session_request(gateway, visitor, more):
    """AC-372: no request fails, and the session is kept."""
    site = gateway(SITE, MORE=more, main=TWO_WORKERS)
    assert visitor.open(site.url("/")).status == 200
    cookie = visitor.jar.header("127.0.0.1", "/", False)
    with Load(site.url("/"), {"Cookie": cookie}) as load:
        for _ in range(8):
            site.reload()
    assert not load.errors
    assert set(load.statuses) == {200}


def test_reload_storm_fails_no_bearer_request(gateway, pool):
    """AC-372."""
    site = gateway(SITE, main=TWO_WORKERS)
    with Load(site.url("/"), bearer(pool.issue())) as load:
        for _ in range(8):
            site.reload()
    assert not load.errors
    assert set(load.statuses) == {200}


def test_reload_with_a_bad_configuration_keeps_the_workers(gateway, pool):
    """AC-375: the old workers go on."""
    site = gateway(SITE)
    text = site.conf.read_text()
    site.conf.write_text(text.replace("client_id", "client_idea"))
    site.expect("unknown setting")
    site.signal(1)
    eventually(lambda: "unknown setting" in site.log())
    assert send("GET", site.url("/"), bearer(pool.issue())).status == 200
    assert site.living_workers() == site.workers


def test_reload_with_another_zone_size_allows_a_new_login(gateway, visitor):
    """AC-373: a fresh login, no error."""
    site = gateway("oidc_cache_zone 1m;" + SITE)
    assert visitor.open(site.url("/")).status == 200
    site.conf.write_text(site.conf.read_text().replace(
        "oidc_cache_zone 1m", "oidc_cache_zone 2m"))
    site.reload()
    assert visitor.open(site.url("/")).status == 200


def test_cached_token_is_judged_anew_by_a_stricter_policy_after_reload(
        gateway, pool):
    """AC-070: what was cached is judged anew."""
    site = gateway(SITE, MORE="allowed_clients any;")
    token = bearer(pool.issue(claims={"client_id": "somebody"}))
    assert send("GET", site.url("/"), token).status == 200
    site.conf.write_text(site.conf.read_text().replace(
        "allowed_clients any;", ""))
    site.reload()
    assert send("GET", site.url("/"), token).status == 401


def test_workers_killed_under_load_leave_a_whole_store(gateway, visitor, pool):
    """AC-368: requests of a dead worker are lost, all others are right, and
    the store is whole."""
    site = gateway(SITE, main=TWO_WORKERS)
    assert visitor.open(site.url("/")).status == 200
    cookie = visitor.jar.header("127.0.0.1", "/", False)
    with Load(site.url("/"), {"Cookie": cookie}) as load:
        for _ in range(4):
            site.kill_worker(site.workers[0])
    assert set(load.statuses) == {200}
    assert len(load.errors) <= 40
    assert visitor.get(site.url("/")).status == 200
    assert send("GET", site.url("/"), bearer(pool.issue())).status == 200


def test_logins_succeed_while_workers_are_killed(gateway, visitors):
    """AC-378."""
    site = gateway(SITE, main=TWO_WORKERS)
    for i in range(4):
        visitor = visitors()
        url = visitor.callback_for(site.url(f"/{i}"))
        site.kill_worker(site.workers[i % 2])
        assert visitor.open(url).json["uri"] == f"/{i}"


def test_simultaneous_logins_get_a_session_each(gateway, visitors):
    """AC-202."""
    site = gateway(SITE, main=TWO_WORKERS)
    people = [visitors() for _ in range(20)]
    statuses = []
    threads = [threading.Thread(target=lambda one=one: statuses.append(
        one.open(site.url("/")).status)) for one in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert statuses == [200] * 20
    assert len({one.session for one in people}) == 20


@pytest.mark.parametrize("more", ["", COOKIE_STORE], ids=["memory", "cookie"])
def test_single_process_serves_logins_and_tokens(gateway, visitor, pool, more):
    """AC-379, AC-398: master_process off."""
    site = gateway(SITE, MORE=more,
                   main="master_process off; worker_processes 1;")
    assert visitor.open(site.url("/")).status == 200
    assert send("GET", site.url("/"), bearer(pool.issue())).status == 200
    assert visitor.get(site.url("/")).status == 200


def test_session_is_accepted_by_many_workers(gateway, visitor):
    """AC-379."""
    site = gateway(SITE, main="worker_processes 8;")
    assert visitor.open(site.url("/")).status == 200
    assert {visitor.get(site.url("/")).status for _ in range(30)} == {200}


def test_exhausted_connections_recover(gateway, pool):
    """AC-387: out of connections is no way in, and passes."""
    site = gateway(SITE, main="worker_processes 1;")
    site.stop()
    site.conf.write_text(site.conf.read_text().replace(
        "worker_connections 512", "worker_connections 8"))
    site.start()
    token = bearer(pool.issue())
    eventually(lambda: _status(site, token) == 200, 20, 0.2)


def _status(site, token):
    try:
        return send("GET", site.url("/"), token, timeout=5).status
    except OSError:
        return None
