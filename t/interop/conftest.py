"""Starts oidc-provider, an application and nginx between them, once."""

import os
import socket
import subprocess
import threading
import time

import pytest
from demo import echo

import clients
from op import Provider, RelyingParty
from wire import Browser

CONF = """
load_module {module};
daemon off;
master_process off;
error_log {here}/error.log debug;
pid {here}/nginx.pid;
events {{ }}
http {{
    access_log off;
    {temporary}
    {blocks}
    proxy_set_header X-User $oidc_user;
    proxy_set_header X-Name $oidc_claim_name;
    proxy_set_header X-Email $oidc_claim_email;
    server {{
        listen 127.0.0.1:{port};
        merge_slashes off;
        add_header X-Reason $oidc_error always;
        {locations}
        location = /bye {{ return 200 "bye\\n"; }}
    }}
}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def base():
    """Where nginx will be, before anything runs."""
    return f"http://127.0.0.1:{free_port()}"


@pytest.fixture(scope="session")
def provider(base, tmp_path_factory):
    log = tmp_path_factory.mktemp("provider") / "provider.log"
    running = Provider(free_port(), clients.registered(base), log)
    yield running
    running.stop()


@pytest.fixture(scope="session")
def upstream():
    server = echo.server(0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="session")
def nginx(base, provider, upstream, tmp_path_factory):
    here = tmp_path_factory.mktemp("nginx")
    port = int(base.rsplit(":", 1)[1])
    conf = here / "nginx.conf"
    conf.write_text(CONF.format(
        module=os.environ["MODULE_SO"], here=here, port=port,
        temporary="\n".join(
            f"{kind}_temp_path {here};" for kind in
            ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")),
        blocks=clients.providers(provider.issuer),
        locations="".join(clients.locations(name, upstream)
                          for name in clients.names())))
    process = subprocess.Popen([os.environ["NGINX_BINARY"], "-e",
                                here / "error.log", "-p", here, "-c", conf])
    until = time.monotonic() + 20
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    yield here
    process.terminate()
    assert process.wait(10) == 0


@pytest.fixture
def browser(nginx):
    return Browser()


@pytest.fixture
def relying_party(base, provider):
    """A client that is not nginx, of one algorithm."""
    def make(alg):
        metadata = next(client for client in clients.registered(base)
                        if client["client_id"] == f"other-{alg}")
        return RelyingParty(provider.issuer, metadata, Browser())
    return make
