# SPDX-License-Identifier: Apache-2.0
"""Starts Keycloak, an application and nginx between them, once."""

import pytest

import keycloak
from gateway import Gateway, free_port
from keycloak import Keycloak
from upstream import Upstream
from visitor import Visitor

SITE = """
    oidc_provider keycloak {
        issuer        @ISSUER@;
        client_id     nginx;
        client_secret @SECRET@;
        audience      nginx;
        allowed_clients nginx;
        logout_uri    /logout;
        post_logout_uri /bye;
        logout_token_hint on;
        backchannel_logout_uri /back;
    }
    proxy_set_header X-Debug 1;
    server {
        listen 127.0.0.1:@PORT@;
        auth_oidc keycloak;
        auth_oidc_set_header X-User $oidc_claim_preferred_username;
        auth_oidc_set_header X-Email $oidc_claim_email;
        auth_oidc_set_header X-Client $oidc_client_id;
        location / { proxy_pass @UPSTREAM@; }
        location = /bye { auth_oidc off; return 200 "bye"; }
        location /api/ {
            auth_oidc_methods bearer;
            proxy_pass @UPSTREAM@;
        }
        location /editors/ {
            auth_oidc_methods bearer;
            auth_oidc_require_claim realm_access.roles editor;
            proxy_pass @UPSTREAM@;
        }
        location /machines/ {
            auth_oidc_methods client_credentials;
            proxy_pass @UPSTREAM@;
        }
        location /asked/ {
            auth_oidc_methods introspection;
            proxy_pass @UPSTREAM@;
        }
        location /userinfo/ {
            auth_oidc_methods userinfo;
            proxy_pass @UPSTREAM@;
        }
    }
"""


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """Where nginx will be, before anything runs."""
    made = Gateway(tmp_path_factory.mktemp("site") / "nginx", {})
    made.ports["PORT"] = free_port(set())
    return made


@pytest.fixture(scope="session")
def provider(site, tmp_path_factory):
    running = Keycloak(free_port({site.port}), site.url("").rstrip("/"),
                       tmp_path_factory.mktemp("keycloak"))
    yield running
    running.stop()


@pytest.fixture(scope="session")
def base(site, provider):
    """The address of the running nginx."""
    upstream = Upstream()
    site.values |= {"UPSTREAM": f"http://127.0.0.1:{upstream.port}",
                    "ISSUER": provider.issuer, "SECRET": keycloak.SECRET}
    site.write(SITE, "worker_processes 1;")
    site.start()
    yield site.url("").rstrip("/")
    wrong = site.stop() + site.faults({keycloak.SECRET, keycloak.JANE})
    upstream.shutdown()
    assert not wrong, "\n".join(wrong)


@pytest.fixture
def visitors(base):
    """Makes browsers."""
    def make():
        made = Visitor()
        made.trusted = (keycloak.HOST,)
        return made
    return make


@pytest.fixture
def visitor(visitors):
    return visitors()
