# SPDX-License-Identifier: Apache-2.0
"""Several nginx and one Redis."""

import pytest

from redis_server import Redis
from sites import SECRET

STORE = """
    oidc_session_store fleet {
        type redis;
        server @REDIS@;
        @STORE_MORE@
    }
"""

# All members answer for the first one's address, as behind a load balancer.
MEMBER = STORE + """
    oidc_provider cognito {
        @PROVIDER@
        session_store fleet;
        base_url http://127.0.0.1:@FRONT@;
        logout_uri /logout;
        @MORE@
    }
    server {
        listen 127.0.0.1:@PORT@;
        location / {
            auth_oidc cognito;
            auth_oidc_set_header X-User $oidc_user;
            @RULE@
            proxy_pass http://@UPSTREAM@;
        }
        location = /status { auth_oidc_status; allow all; }
    }
"""


@pytest.fixture
def redis(tmp_path):
    server = Redis(tmp_path / "redis")
    yield server
    server.stop()


@pytest.fixture
def fleet(gateway, pool):
    """Starts so many nginx that share a Redis."""
    def start(count, server, main="worker_processes 1;", more="",
              store_more="", **values):
        members = []
        for _ in range(count):
            front = members[0].ports["PORT"] if members else "@PORT@"
            members.append(gateway(
                MEMBER, main, REDIS=server, FRONT=front,
                MORE=SECRET + more, STORE_MORE=store_more, **values))
        return members
    return start
