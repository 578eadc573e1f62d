# SPDX-License-Identifier: Apache-2.0
"""Starts Chromium, the Cognito emulator, the demo's application and nginx,
over http and over https, once. The browser is a new one for each test."""

import os
import socket
import subprocess
import threading
from pathlib import Path

import pytest

from chromium import Chromium
from demo import echo
from gateway import Gateway
from provider import Pool

ARTEFACTS = Path(os.environ["MODULE_SO"]).resolve().parent / "artefacts"

SITE = """
oidc_provider cognito {
    issuer @ISSUER@;
    profile cognito;
    client_id @CLIENT_ID@;
    client_secret @CLIENT_SECRET@;
    scope "openid email profile";
    logout_uri /logout;
    post_logout_uri /;
    refresh_token_header X-Refresh-Token;
}
# The provider is on another site: 127.0.0.1 and localhost are two.
oidc_provider strict {
    issuer @ISSUER@;
    client_id @CLIENT_ID@;
    client_secret @CLIENT_SECRET@;
    profile cognito;
    scope "openid email profile";
    redirect_uri /strict_callback;
    cookie_name STRICT;
    cookie_samesite Strict;
}
# Where nobody answers.
oidc_provider dead {
    issuer @DEAD@;
    client_id nobody;
    client_secret an0ther0secret0of0nobody;
    redirect_uri /dead_callback;
    cookie_name DEAD;
    logout_uri /dead_logout;
}

server {
    listen 127.0.0.1:@PORT@;
    listen 127.0.0.1:@PORT2@ ssl;
    server_name 127.0.0.1 localhost;
    ssl_certificate @DIR@/cert.pem;
    ssl_certificate_key @DIR@/key.pem;
    default_type "text/html; charset=utf-8";

    location / {
        return 200 "<!doctype html><meta name=viewport
content=width=device-width><title>Start</title><h1>Start page</h1>
<p><a href=/people/welcome>My page</a>";
    }
    location /people/ {
        auth_oidc cognito;
        proxy_set_header X-User $oidc_claim_email;
        proxy_pass http://127.0.0.1:@APP@;
    }
    location /owners/ {
        auth_oidc cognito;
        auth_oidc_require_group owners;
    }
    location /dead/ {
        auth_oidc dead;
    }
    location /strict/ {
        auth_oidc strict;
        proxy_set_header X-User $oidc_claim_email;
        proxy_pass http://127.0.0.1:@APP@;
    }
    location /machines/ {
        auth_oidc cognito;
        location /machines/bearer {
            auth_oidc_methods bearer;
        }
        location /machines/basic {
            auth_oidc_methods client_credentials password;
        }
        location /machines/opaque {
            auth_oidc_methods userinfo;
        }
        location /machines/refresh {
            auth_oidc_methods refresh_token;
        }
    }
}
"""


@pytest.fixture(scope="session")
def chromium():
    running = Chromium(ARTEFACTS)
    yield running
    running.quit()


@pytest.fixture(scope="session")
def running_pool(tmp_path_factory):
    pool = Pool(tmp_path_factory.mktemp("pool"))
    yield pool
    pool.stop()


@pytest.fixture(scope="session")
def application():
    server = echo.server(0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()


def make_certificate(folder):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
         "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True, capture_output=True)


@pytest.fixture(scope="session")
def running_site(running_pool, application, tmp_path_factory):
    client = running_pool.client()
    with socket.socket() as deaf:  # bound, and nobody listens
        deaf.bind(("127.0.0.1", 0))
        site = Gateway(tmp_path_factory.mktemp("site") / "nginx", {
            "ISSUER": running_pool.issuer, "APP": application,
            "DEAD": f"http://127.0.0.1:{deaf.getsockname()[1]}",
            "CLIENT_ID": client["id"], "CLIENT_SECRET": client["secret"]})
        make_certificate(site.dir)
        site.write(SITE, "worker_processes 2;")
        site.start()
        yield site
        wrong = site.stop()
        wrong += site.faults(running_pool.secrets())
    assert not wrong, "\n".join(wrong)


@pytest.fixture
def pool(running_pool, running_site):
    """Nobody is logged in, and the login page is shown."""
    running_pool.reset(config=True, sessions=True)
    running_pool.allow(*(
        running_site.url(path, port, scheme)
        for port, scheme in (("PORT", "http"), ("PORT2", "https"))
        for path in ("/oidc_callback", "/")))
    running_pool.allow(on_localhost(running_site, "/strict_callback"))
    return running_pool


def on_localhost(site, path):
    """Another site than the provider's."""
    return site.url(path).replace("127.0.0.1", "localhost")


@pytest.fixture
def site(pool, running_site):
    return running_site


@pytest.fixture
def browser(chromium, site):
    chromium.fresh()
    return chromium


@pytest.fixture
def log_in(browser, pool):
    """Types jane's password into the login page, once that is there."""
    def type_password(password=pool.user("jane")["password"]):
        browser.wait_for("Sign in")
        browser.submit(username="jane", password=password)
    return type_password
