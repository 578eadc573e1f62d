# SPDX-License-Identifier: Apache-2.0
"""Starts oidc-provider, an application and nginx between them, once. What
talks and watches is the end-to-end ring's: Gateway, Upstream, Visitor."""

import clients
import pytest

from gateway import Gateway, free_port
from op import Provider, RelyingParty
from provider import Pool
from upstream import Upstream
from visitor import Visitor


@pytest.fixture(scope="session")
def secrets():
    """What no log of nginx may hold."""
    return {clients.SECRET}


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """Where nginx will be, before anything runs."""
    site = Gateway(tmp_path_factory.mktemp("site") / "nginx", {})
    site.ports["PORT"] = free_port(set())
    return site


@pytest.fixture(scope="session")
def provider(site, tmp_path_factory):
    running = Provider(free_port({site.port}),
                       clients.registered(site.url("")),
                       tmp_path_factory.mktemp("provider") / "stderr")
    yield running
    running.stop()


@pytest.fixture(scope="session")
def base(site, provider, secrets):
    """The address of the running nginx."""
    upstream = Upstream()
    site.values |= {"UPSTREAM": f"http://127.0.0.1:{upstream.port}"}
    site.write(clients.configuration(provider.issuer),
               "worker_processes 1;")
    site.start()
    yield site.url("")
    wrong = site.stop()
    wrong += site.faults(secrets)
    upstream.shutdown()
    assert not wrong, "\n".join(wrong)


MACHINES = """
    oidc_provider cognito {
        issuer @ISSUER@;
        profile cognito;
        client_id @CLIENT_ID@;
        client_secret @CLIENT_SECRET@;
        password_over_http on;
        allowed_clients any;
    }
    proxy_set_header X-User $oidc_user;
    proxy_set_header X-Client $oidc_client_id;
    server {
        listen 127.0.0.1:@PORT@;
        auth_oidc cognito;
        location /api/ {
            auth_oidc_methods bearer;
            auth_oidc_require_scope kongresource/scope1;
            proxy_pass @UPSTREAM@;
        }
        location /basic/ {
            auth_oidc_methods client_credentials password;
            proxy_pass @UPSTREAM@;
        }
    }
"""


@pytest.fixture(scope="session")
def pool(tmp_path_factory):
    running = Pool(tmp_path_factory.mktemp("pool"))
    yield running
    running.stop()


@pytest.fixture(scope="session")
def cognito(tmp_path_factory, pool):
    """nginx before the Cognito emulator, for machines alone."""
    upstream, client = Upstream(), pool.client()
    site = Gateway(tmp_path_factory.mktemp("cognito") / "nginx", {
        "ISSUER": pool.issuer, "CLIENT_ID": client["id"],
        "CLIENT_SECRET": client["secret"],
        "UPSTREAM": f"http://127.0.0.1:{upstream.port}"})
    site.write(MACHINES, "worker_processes 1;")
    site.start()
    yield site
    wrong = site.stop() + site.faults(pool.secrets())
    upstream.shutdown()
    assert not wrong, "\n".join(wrong)


@pytest.fixture
def visitors(base, secrets):
    """Makes browsers; their cookies are among the secrets."""
    made = []

    def make():
        made.append(Visitor())
        return made[-1]
    yield make
    for visitor in made:
        secrets |= visitor.jar.seen


@pytest.fixture
def visitor(visitors):
    return visitors()


@pytest.fixture
def relying_party(base, provider, secrets):
    """A client that is not nginx, of one algorithm."""
    made = []

    def make(alg, name=None):
        metadata = next(client for client in clients.registered(base)
                        if client["client_id"] == (name or f"other-{alg}"))
        made.append(RelyingParty(provider.issuer, metadata))
        return made[-1]
    yield make
    for party in made:
        secrets |= party.seen
