# SPDX-License-Identifier: Apache-2.0
"""The servers of the bench: nginx with the module and without it, the
application behind them, the emulator, and the sessions."""

import base64
import json

import machine
import tokens
from gateway import free_port
from load import Target
from nginx import Nginx
from provider import Pool
from redis_server import Redis
from visitor import NAVIGATION, Visitor

FILE = "a file of nginx's own\n"
ANSWER = "what the application says\n"

# The same locations with and without the module: @GUARD@ is its directives.
LOCATIONS = """
    location = /off {{ }}
    location = /bearer {{ {bearer} }}
    location = /bearer-proxy {{
        {bearer} {claim}
        proxy_pass http://app/answer;
    }}
"""
# It shares the load's core: whatever it takes, the server waits for.
APP = """
    server {{
        listen 127.0.0.1:{port};
        client_header_buffer_size 8k;
        location = /answer {{ return 200 "{answer}\\n"; }}
        location / {{ }}
    }}
"""
PROXY = """
    upstream app {{ server 127.0.0.1:{app}; keepalive 64; }}
    proxy_http_version 1.1;
    proxy_set_header Connection "";
"""
BEARER = """
    auth_oidc bench;
    auth_oidc_methods bearer;
    auth_oidc_require_scope orders/read;
"""
CLAIM = "auth_oidc_set_header X-User $oidc_claim_{claim};"
STATIC_PROVIDER = """
    oidc_provider bench {{
        issuer          {issuer};
        profile         cognito;
        client_id       {client};
        config_url      http://127.0.0.1:{app}/metadata.json;
    }}
"""
# How people's sessions are kept, by the port they log in at.
PEOPLE_PROVIDER = """
    oidc_provider {name} {{
        issuer        {issuer};
        profile       cognito;
        client_id     {client[id]};
        client_secret {client[secret]};
        session_timeout 24h;
        {store}
    }}
"""
PEOPLE_SERVER = """
    server {{
        listen 127.0.0.1:{port};
        location = /file {{ {guard} }}
        location = /proxy {{
            {guard} {claim}
            proxy_pass http://app/answer;
        }}
    }}
"""
SECRET = ("session_secret "
          "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a6978;")
STORES = {
    "memory": "",
    "cookie": f"session_store cookie; {SECRET}",
    "redis": f"session_store fleet; {SECRET}",
}
REDIS_STORE = """
    oidc_session_store fleet {{ type redis; server {server}; }}
"""
BASIC = """
    auth_oidc memory;
    auth_oidc_methods client_credentials;
    auth_oidc_require_scope kongresource/scope1;
"""


class Stand:
    """Everything that runs; `ports` are by name."""

    def __init__(self, directory, purses):
        self.dir = directory
        self.rs256, self.es256 = purses
        self.taken = set()
        self.pool = self.app = self.base = self.module = None
        self.running = []

    def port(self):
        return free_port(self.taken)

    def __enter__(self):
        self.pool = Pool(self.dir)
        self.running.append(self.pool)
        machine.pin(self.pool.process.pid, machine.LOAD)
        self.pool.settings(auto_login="jane", access_token_validity=86400,
                           id_token_validity=86400)
        self.app_port = self.port()
        self.app = self.start(Nginx(
            self.dir / "app",
            APP.format(port=self.app_port, answer=ANSWER.strip()),
            [self.app_port], {
                "metadata.json": self.metadata(),
                "jwks.json": tokens.key_set(self.rs256, self.es256)},
            cores=machine.LOAD))
        self.redis = Redis(self.dir / "redis")
        self.running.append(self.redis)
        machine.pin(self.redis.process.pid, machine.LOAD)
        self.ports = {name: self.port() for name in
                      ("plain", "wide", *STORES, "basic")}
        self.base = self.start(self.main_server("base", False))
        self.module = self.start(self.main_server("module", True))
        return self

    def __exit__(self, *_):
        for one in reversed(self.running):
            one.stop()

    def start(self, server):
        self.running.append(server)
        return server.start()

    # --- configuration ------------------------------------------------

    def metadata(self):
        """Of a pool that nobody logs in at; its tokens are minted here."""
        app = f"http://127.0.0.1:{self.app_port}"
        return json.dumps({
            "issuer": tokens.ISSUER, "jwks_uri": f"{app}/jwks.json",
            "authorization_endpoint": f"{app}/authorize",
            "token_endpoint": f"{app}/token",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"]})

    def main_server(self, name, module, kind=Nginx, **more):
        """Every location of the bench, on ports of its own."""
        ports = {one: self.port() for one in self.ports}
        values = {"bearer": BEARER if module else "",
                  "claim": CLAIM.format(claim="username") if module else ""}
        http = PROXY.format(app=self.app_port)
        http += self.providers() if module else ""
        plain = LOCATIONS.format(**values) + "location = /deny {{ {} }}".format(
            "auth_oidc bench;" if module else "return 401;")
        for which, size in ("plain", ""), ("wide",
                                           "client_header_buffer_size 4k;"):
            http += (f"server {{ listen 127.0.0.1:{ports[which]}; {size} "
                     f"{plain} }}")
        for store in STORES:
            guard = f"auth_oidc {store};" if module else ""
            http += PEOPLE_SERVER.format(port=ports[store], guard=guard,
                                         claim=CLAIM.format(claim="email")
                                         if module else "")
        http += PEOPLE_SERVER.format(port=ports["basic"],
                                     guard=BASIC if module else "", claim="")
        made = kind(self.dir / name, http, ports.values(),
                     {one: FILE for one in ("off", "bearer", "file")},
                     module=module, **more)
        made.by_name = ports
        return made

    def providers(self):
        text = "oidc_cache_zone 64m;" + self.bench_provider()
        text += REDIS_STORE.format(server=self.redis.address)
        for name, store in STORES.items():
            text += PEOPLE_PROVIDER.format(
                name=name, issuer=self.pool.issuer, store=store,
                client=self.pool.client())
        return text

    def bench_provider(self):
        return STATIC_PROVIDER.format(
            issuer=tokens.ISSUER, client=self.rs256.mint.client.id,
            app=self.app_port)

    # --- requests ---------------------------------------------------------

    def target(self, server, port, path, **more):
        more.setdefault("body", FILE if "proxy" not in path else ANSWER)
        return Target(server, server.by_name[port], path, **more)

    def pair(self, port, path, **more):
        """The same request without and with the module."""
        return (self.target(self.base, port, path, **more),
                self.target(self.module, port, path, **more))

    # --- credentials ------------------------------------------------------

    def bearer(self):
        return {"Authorization": f"Bearer {self.rs256.first()}"}

    def basic(self):
        client = self.pool.client()
        text = f"{client['id']}:{client['secret']}".encode()
        return {"Authorization": f"Basic {base64.b64encode(text).decode()}"}

    def session(self, store, server=None):
        """The cookies of somebody who has logged in."""
        port = (server or self.module).by_name[store]
        url = f"http://127.0.0.1:{port}/file"
        self.pool.allow(url.replace("/file", "/oidc_callback"))
        visitor = Visitor()
        answer = visitor.open(url)
        assert answer.status == 200, answer
        return {"Cookie": visitor.jar.header("127.0.0.1", "/", False)}


def navigation():
    return dict(NAVIGATION)
