# SPDX-License-Identifier: Apache-2.0
"""The files of conf.d about several nginx, with a Redis of the tests."""

import pytest

from gateway import eventually
from redis_server import Redis, Watched


def https(site, path="/"):
    return site.url(path, "PORT", "https")


@pytest.fixture
def redis(tmp_path):
    server = Redis(tmp_path / "redis")
    server.ask("ACL", "SETUSER", "edge", "on", ">right", "allcommands",
               "allchannels", "allkeys")
    yield server
    server.stop()


@pytest.fixture
def watched(tmp_path):
    made = Watched(tmp_path)
    for server in made.servers:
        server.ask("ACL", "SETUSER", "edge", "on", ">right", "allcommands",
                   "allchannels", "allkeys")
    eventually(made.is_ready, within=60)
    yield made
    made.stop()


def test_fleet(example, redis, visitor, visitors):
    site = example("fleet.conf", exchanges={
        r"server +cache1[^;]+;": f"server {redis.address};"})
    answer = visitor.open(https(site))
    assert answer.status == 200
    assert answer.sent("X-User") == ["jane"]
    assert redis.keys("oidc:1:s:*")
    assert visitors().script(https(site)).status == 401


def test_fleet_sentinel(example, watched, visitor, visitors):
    site = example("fleet-sentinel.conf", exchanges={
        r"sentinel +main[^;]+;": f"sentinel main {watched.addresses};"})
    assert visitor.open(https(site)).status == 200
    assert watched.master().keys("oidc:1:s:*")
    assert visitors().script(https(site)).status == 401
