# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end tests stand on: a pool, an application, nginx, and a
look at the logs after each test."""

import re

import pytest

from gateway import Gateway
from sites import STORES
from provider import Pool
from upstream import Upstream
from visitor import Visitor

PROVIDER = """
        issuer @ISSUER@;
        profile cognito;
        client_id @CLIENT_ID@;
        client_secret @CLIENT_SECRET@;
"""


def pytest_collection_modifyitems(items):
    """Slow tests, which wait for a clock, stand evenly among the first two
    thirds of the others: workers are handed neighbours, none shall get them
    all, and none shall begin with one when the rest are done."""
    slow = [item for item in items if item.get_closest_marker("slow")]
    items[:] = [item for item in items if item not in set(slow)]
    step = 1 + 2 * len(items) // (3 * max(len(slow), 1))
    for n, item in enumerate(slow):
        items.insert(n * step, item)


@pytest.fixture(scope="session")
def running_pool(tmp_path_factory):
    pool = Pool(tmp_path_factory.mktemp("pool"))
    yield pool
    pool.stop()


@pytest.fixture
def pool(running_pool):
    """The same process for all tests of a worker, fresh for each."""
    running_pool.listeners(service=True, domain=True)
    running_pool.reset(config=True, sessions=True)
    running_pool.settings(auto_login="jane")
    return running_pool


@pytest.fixture
def fresh_keys(pool):
    """For tests that change the pool's keys."""
    yield
    pool.reset(keys=True)


@pytest.fixture(scope="session")
def running_upstream():
    return Upstream()


@pytest.fixture
def upstream(running_upstream):
    running_upstream.clear()
    return running_upstream


@pytest.fixture
def visitors():
    """Makes browsers; their cookies are among the secrets."""
    made = []

    def make():
        made.append(Visitor())
        return made[-1]
    make.made = made
    return make


@pytest.fixture
def visitor(visitors):
    return visitors()


def values_for(pool, upstream):
    client = pool.client()
    return {"ISSUER": pool.issuer, "SERVICE": pool.service_url,
            "DOMAIN": pool.domain_url, "POOL_ID": pool.pool_id,
            "CLIENT_ID": client["id"], "CLIENT_SECRET": client["secret"],
            "UPSTREAM": f"127.0.0.1:{upstream.port}", "PROVIDER": PROVIDER}


@pytest.fixture
def gateways(tmp_path, pool, upstream, visitors):
    """Makes gateways that do not run yet, and judges them at the end."""
    made = []

    def make(**values):
        site = Gateway(tmp_path / f"nginx{len(made)}",
                       {**values_for(pool, upstream), **values})
        made.append(site)
        return site
    yield make
    wrong = []
    for site in made:
        if site.process:
            wrong += site.stop()
    secrets = pool.secrets()
    for one in visitors.made:
        secrets |= one.jar.seen
    for site in made:
        wrong += site.faults(secrets)
    assert not wrong, "\n".join(wrong)


@pytest.fixture(params=STORES)
def store(request):
    """Settings of a provider; a test that asks for it runs once with each
    session store."""
    return STORES[request.param]


@pytest.fixture
def gateway(gateways, pool):
    """Starts nginx with a configuration: what stands in `http { }`."""
    def start(text, main="worker_processes 1;", **values):
        site = gateways(**{"MORE": "", "RULE": "", **values})
        site.write(text, main)
        pool.allow(*(url for port in site.ports for scheme in
                     ("http", "https") for url in
                     (site.url("/oidc_callback", port, scheme),
                      site.url("/", port, scheme))))
        return site.start()
    return start


@pytest.fixture
def refused(gateways):
    """Checks that nginx -t says `complaint`, and where."""
    def check(text, complaint, **values):
        site = gateways(**values)
        site.write(text, "worker_processes 1;")
        status, said = site.test()
        assert status == 1, said
        site.expect(re.escape(complaint))
        emerg = [line for line in said.splitlines() if "[emerg]" in line]
        assert complaint in "\n".join(emerg), said
        place = re.compile(re.escape(f"in {site.conf}:") + r"\d+")
        assert len(emerg) == 1 and place.search(emerg[0]), said
        return site, emerg[0]
    return check
