# SPDX-License-Identifier: Apache-2.0
"""What the configuration says of providers, stores and servers."""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

METADATA = "/.well-known/openid-configuration"
MAX_SECRET_BYTES = 64 * 1024
UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "": 1}
SIZES = {"": 1, "k": 1024, "m": 1024 * 1024}
COGNITO_HOST = re.compile(r"(issuer-)?cognito-idp(-fips)?\."
                          r"[a-z0-9-]+\.amazonaws\.com(\.cn)?")
CONCRETE = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
LISTEN = re.compile(r"(?:(\[[^\]]+\]|[^:\[\]]+):)?(\d+)")
PORTS = {"http": "80", "https": "443"}


def seconds(text, default):
    parts = re.findall(r"(\d+)(ms|[smhd]?)", text)
    return sum(int(n) * UNITS[unit] for n, unit in parts) or default


def size(text):
    found = re.fullmatch(r"(\d+)([km]?)", text.lower())
    return int(found[1]) * SIZES[found[2]] if found else 0


def origin_of(scheme, host, port):
    port = "" if PORTS[scheme] == port else f":{port}"
    return f"{scheme}://{host}{port}"


def is_loopback(url):
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or bool(
        re.fullmatch(r"127(\.\d{1,3}){3}", host))


class Provider:
    """A block oidc_provider, its defaults filled in."""

    def __init__(self, block):
        self.block = block
        self.name = next(iter(block.values), "")
        self.issuer = self._issuer()
        self.profile = block.value("profile") or (
            "cognito" if block.values_of("cognito_user_pool") or
            COGNITO_HOST.fullmatch(urlsplit(self.issuer).hostname or "")
            else "generic")
        self.client_id = block.value("client_id")
        self.leeway = seconds(block.value("leeway"), 30)
        self.timeout = seconds(block.value("timeout"), 10)
        self.store = block.value("session_store", "memory")
        self.servers = []  # that use it

    def _issuer(self):
        pool = self.block.values_of("cognito_user_pool")
        if not pool:
            return self.block.value("issuer").removesuffix(METADATA)
        service = "https://cognito-idp." \
            f"{pool[0].partition('_')[0]}.amazonaws.com"
        for word in pool[1:]:
            service = word.removeprefix("endpoint=").rstrip("/")
        return f"{service}/{pool[0]}"

    def is_on(self, name, default="off"):
        return self.block.value(name, default) == "on"

    @property
    def is_cognito(self):
        return self.profile == "cognito"

    @property
    def config_url(self):
        return self.block.value("config_url") or \
            self.issuer.removesuffix("/") + METADATA

    @property
    def logs_out(self):
        return bool(self.block.value("logout_uri") or
                    self.block.value("logout_query_arg"))

    def secrets(self, place):
        """The secrets of the client, from the file last; OSError."""
        found = list(self.block.values_of("client_secret"))
        if path := self.block.value("client_secret_file"):
            found += read_secrets(place(path))
        return [secret for secret in found if secret]

    def origins(self):
        """The addresses under which clients reach it, as far as the
        configuration says so."""
        if base := self.block.value("base_url"):
            return [] if "$" in base else [base.rstrip("/")]
        return list(dict.fromkeys(
            origin for server in self.servers for origin in server.origins()))

    def absolute(self, address):
        """A path or a URL of the configuration, for each origin."""
        if "://" in address:
            return [address]
        return [origin + address for origin in self.origins()]

    def redirect_uris(self):
        """Those that are sent to the provider."""
        return self.absolute(self.block.value("redirect_uri",
                                              "/oidc_callback"))


def read_secrets(path):
    """The lines of a file; no more of it than the module reads."""
    with open(path, "rb") as file:
        text = file.read(MAX_SECRET_BYTES).decode("utf-8", "replace")
    return text.splitlines()


@dataclass
class Server:
    """A block server, with what it inherits from http."""

    block: object
    http: object
    listens: list = field(default_factory=list)  # of (scheme, host, port)

    def __post_init__(self):
        for one in self.block.all("listen") or []:
            found = LISTEN.fullmatch(one.values[0])
            host, port = found.groups() if found else (one.values[0], "80")
            if not host.startswith("unix:") if host else True:
                scheme = "https" if "ssl" in one.values else "http"
                self.listens.append((scheme, host or "*", port))
        if not self.block.all("listen"):
            self.listens.append(("http", "*", "80"))

    def names(self):
        return [name for name in self.block.values_of("server_name")
                if CONCRETE.fullmatch(name) and name != "_"]

    def origins(self):
        """With TLS if there is any, since plain servers then redirect."""
        schemes = {scheme for scheme, _, _ in self.listens}
        best = "https" if "https" in schemes else "http"
        for scheme, host, port in self.listens:
            hosts = self.names() or (
                [] if host in ("*", "0.0.0.0", "[::]") else [host])
            if scheme == best:
                yield from (origin_of(scheme, one, port) for one in hosts)

    def effective(self, name):
        """The values of a directive here, or of http."""
        return self.block.values_of(name) or self.http.values_of(name)

    def label(self):
        return next(iter(self.names()), None) or ":".join(
            self.listens[0][1:] if self.listens else ("a unix socket",))


class Site:
    """The whole configuration."""

    def __init__(self, root):
        self.providers, self.servers, self.stores = [], [], {}
        for http in root.all("http"):
            self._read_http(http)

    def _read_http(self, http):
        here = [Provider(one) for one in http.all("oidc_provider")]
        self.providers += here
        self.stores |= {one.values[0]: one
                        for one in http.all("oidc_session_store")
                        if one.values}
        for block in http.all("server"):
            server = Server(block, http)
            self.servers.append(server)
            used = {one.values[0] for one in block.walk()
                    if one.name == "auth_oidc" and one.values}
            # Of http, unless the whole server has its own.
            if not block.all("auth_oidc"):
                used |= set(http.values_of("auth_oidc")[:1])
            for provider in here:
                if provider.name in used or any("$" in one for one in used):
                    provider.servers.append(server)

    def store_type(self, name):
        if name in self.stores:
            return self.stores[name].value("type", "memory")
        return "cookie" if name == "cookie" else "memory"
