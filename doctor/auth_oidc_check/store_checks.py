# SPDX-License-Identifier: Apache-2.0
"""Stores of sessions: header buffers for cookies, and Redis."""

import re
import socket
import ssl

from .calls import deadline, tls_context, tls_error
from .report import FAULT, NOTE, OK, UNKNOWN, error_word, shown
from .sites import read_secrets, seconds, size

BUFFER = 32 * 1024  # for the cookies of a session, up to 19 kB, and the rest
CURE = "set large_client_header_buffers 4 32k"
MAX_REPLY = 64 * 1024
PORTS = {"server": 6379, "sentinel": 26379}


class RedisError(Exception):
    """An error reply: its first word."""


class Redis:
    """A connection, and its few words (RESP2)."""

    def __init__(self, stream):
        self.stream = stream

    def ask(self, *words):
        sent = b"*%d\r\n" % len(words)
        for word in words:
            sent += b"$%d\r\n%s\r\n" % (len(word.encode()), word.encode())
        self.stream.write(sent)
        self.stream.flush()
        return self._reply()

    def _reply(self, depth=0):
        line = self.stream.readline(MAX_REPLY)
        if not line.endswith(b"\r\n") or depth > 4:
            raise OSError("the answer is not Redis's")
        kind, rest = line[:1], line[1:-2].decode("utf-8", "replace")
        if kind == b"-":
            raise RedisError(error_word(rest.partition(" ")[0]))
        if kind in b"$*" and not re.fullmatch(r"-1|\d{1,5}", rest):
            raise OSError("the answer is too large")
        if kind == b"$":
            return None if rest == "-1" else self.stream.read(
                int(rest) + 2)[:-2].decode("utf-8", "replace")
        if kind == b"*":
            return [self._reply(depth + 1) for _ in range(int(rest))]
        if kind in b"+:":
            return rest
        raise OSError("the answer is not Redis's")


def parted(address, port):
    """host and port; the path of a socket has no port."""
    if address.startswith("unix:"):
        return address[5:], None
    found = re.fullmatch(r"(\[[^\]]+\]|[^:]+)(?::(\d+))?", address)
    if not found:
        raise OSError("the address is not host:port")
    return found[1].strip("[]"), int(found[2] or port)


class RedisChecks:
    """Of one block oidc_session_store."""

    def __init__(self, block, place, report):
        self.block, self.place, self.report = block, place, report
        self.name = block.values[0]
        self.limit = max(seconds(block.value("connect_timeout"), 2), 0.1)

    def say(self, state, text, cure=""):
        self.report.add(self.name, "store", state, text, cure)

    def run(self):
        try:
            words = self._password()
        except OSError as error:
            self.say(UNKNOWN, f"password_file cannot be read: "
                     f"{error.strerror}", "run it as root")
            return
        for word in words[-1:]:
            self.report.hide(word)
        servers = self.block.values_of("server")
        if sentinel := self.block.values_of("sentinel"):
            servers = self._masters(sentinel[0], sentinel[1:])
        roles = [self._role(address, words) for address in servers]
        if servers and "master" not in roles and None not in roles:
            self.say(FAULT, "none of the servers is a master",
                     "list the master, too, or use sentinel")

    def _password(self):
        """The words behind AUTH; empty without a password."""
        found = self.block.values_of("password")
        if path := self.block.value("password_file"):
            found = read_secrets(self.place(path))[:1]
        user = self.block.values_of("username")
        return [*user, *found] if found else []

    def _connect(self, address, port):
        host, port = parted(address, port)
        if port is None:
            raw = socket.socket(socket.AF_UNIX)
            raw.settimeout(self.limit)
            raw.connect(host)
            return raw
        raw = socket.create_connection((host, port), self.limit)
        if self.block.value("ssl") != "on":
            return raw
        block, files = self.block, [
            self.place(value) if value else None for value in
            map(self.block.value, ("ssl_trusted_certificate", "ssl_crl"))]
        context = tls_context(block.value("ssl_verify") != "off", *files)
        if own := block.value("ssl_certificate"):
            context.load_cert_chain(
                self.place(own), self.place(block.value(
                    "ssl_certificate_key", own)), password=lambda: "")
        return context.wrap_socket(
            raw, server_hostname=block.value("ssl_name") or host)

    def _with(self, address, port, what):
        """What `what` gives of a connection; None after the reason."""
        try:
            with deadline(self.limit + 1), \
                    self._connect(address, port) as raw, \
                    raw.makefile("rwb") as stream:
                return what(Redis(stream))
        except RedisError as error:
            self.say(FAULT, f"{shown(address)} refuses: {error}",
                     "compare username, password and the ACL "
                     "(docs/fleet.md)")
        except (OSError, ValueError) as error:
            if isinstance(error, (ssl.SSLError, TimeoutError)) or getattr(
                    error, "strerror", None):
                error = tls_error(error)
            self.say(FAULT, f"{shown(address)}: {error}",
                     getattr(error, "cure", "check the address, ssl and "
                             "firewalls"))
        return None

    def _masters(self, name, sentinels):
        for address in sentinels:
            found = self._with(
                address, PORTS["sentinel"], lambda redis: redis.ask(
                    "SENTINEL", "get-master-addr-by-name", name) or ["", ""])
            if found and found[0]:
                host = f"[{found[0]}]" if ":" in found[0] else found[0]
                return [f"{host}:{found[1]}"]
            if found:
                self.say(FAULT, f"{shown(address)} knows no master "
                         f"{shown(name)}", "compare the name in sentinel")
        return []

    def _role(self, address, words):
        """master, slave; "" if nobody knows, None after a fault."""
        def asked(redis):
            if words:
                redis.ask("AUTH", *words)
            redis.ask("PING")
            try:
                return redis.ask("ROLE")[0]
            except RedisError:  # the ACL may not allow it
                return ""
        role = self._with(address, PORTS["server"], asked)
        if role is not None:
            self.say(OK, f"{shown(address)} answers" +
                     (f", as {shown(role)}" if role else ""))
        return role if role != "" else "master"


def check_buffers(site, provider, report):
    """Sessions in cookies, and what a header may have in these servers."""
    if site.store_type(provider.store) != "cookie":
        return
    small = [server for server in provider.servers if size(next(iter(
        server.effective("large_client_header_buffers")[1:]), "8k")) < BUFFER]
    for server in small:
        report.add(provider.name, "buffers", FAULT, "sessions in cookies "
                   "take up to 19 kB of a request, and "
                   "large_client_header_buffers are smaller in "
                   f"{server.label()}", CURE)
    if provider.servers and not small:
        report.add(provider.name, "buffers", OK, "large_client_header_buffers "
                   "are large enough for sessions in cookies")
    check_fronts(site, provider, report)


def passed_with(block, buffer):
    """Each proxy_pass, and the proxy_buffer_size that it has."""
    buffer = block.value("proxy_buffer_size", buffer)
    for one in block.block:
        if one.name == "proxy_pass" and one.values:
            yield one.values[0], buffer
        yield from passed_with(one, buffer)


def check_fronts(site, provider, report):
    """Servers here that pass requests to those with sessions in cookies."""
    ports = {port for server in provider.servers
             for _, _, port in server.listens}
    for front in site.servers:
        of_http = front.http.value("proxy_buffer_size", "4k")
        for url, buffer in passed_with(front.block, of_http):
            found = re.match(
                r"https?://(?:127\.0\.0\.1|\[::1\]|localhost):(\d+)", url)
            if found and found[1] in ports and size(buffer) < BUFFER:
                report.add(provider.name, "buffers", FAULT,
                           f"proxy_buffer_size in {front.label()} is smaller "
                           "than the cookies of a session",
                           "set proxy_buffer_size 32k; proxy_buffers 8 32k")
    if provider.block.value("base_url"):
        report.add(provider.name, "buffers", NOTE, "a proxy in front has to "
                   "take 19 kB of cookies both ways", "in nginx: proxy_"
                   "buffer_size 32k; proxy_buffers 8 32k; " + CURE[4:])
