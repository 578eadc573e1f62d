# SPDX-License-Identifier: Apache-2.0
"""Several nginx and one Redis."""

import pytest

from redis_server import Redis
from sites import MEMBER, SECRET


@pytest.fixture
def redis(tmp_path):
    server = Redis(tmp_path / "redis")
    yield server
    server.stop()


@pytest.fixture
def fleet(gateway, pool):
    """Starts so many nginx that share a Redis, at one address or several."""
    def start(count, server, main="worker_processes 1;", more="",
              store_more="", **values):
        members = []
        for number in range(count):
            address = server if isinstance(server, str) else server[number]
            front = members[0].ports["PORT"] if members else "@PORT@"
            members.append(gateway(
                MEMBER, main, REDIS=address, FRONT=front,
                MORE=SECRET + more, STORE_MORE=store_more, **values))
        return members
    return start
