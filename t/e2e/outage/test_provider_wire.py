# SPDX-License-Identifier: Apache-2.0
"""What the provider may do to HTTP itself: answers that are well-formed JSON
in a response that is none, or that two readers would read in two ways."""

import socketserver
import threading

import pytest

from gateway import eventually
from sites import SITE
from visitor import bearer, send

JSON = b"Content-Type: application/json\r\n"


class Mangler(socketserver.ThreadingTCPServer):
    """A service that answers as `mangle` makes it of the right body, each
    time until it is None, and counts the connections."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, documents):
        super().__init__(("127.0.0.1", 0), Connection)
        self.documents = documents
        self.mangle = None
        self.connections = 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def origin(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, *_):
        """A client that has had enough is what is asked for."""


def well(body):
    return (b"HTTP/1.1 200 OK\r\n" + JSON +
            b"Content-Length: %d\r\n\r\n" % len(body) + body)


class Connection(socketserver.StreamRequestHandler):
    def handle(self):
        self.server.connections += 1
        while line := self.rfile.readline():
            path = line.split()[1].decode()
            while self.rfile.readline().strip():
                pass
            body = self.server.documents[path]
            self.wfile.write((self.server.mangle or well)(body))


def with_lines(*lines, body=None):
    """A response with these header lines, its length not among them."""
    return lambda right: (b"HTTP/1.1 200 OK\r\n" + JSON + b"".join(
        line.replace(b"@", b"%d" % len(right)) + b"\r\n" for line in lines)
        + b"\r\n" + (right if body is None else body(right)))


def chunk(right):
    return b"%x\r\n" % len(right) + right + b"\r\n0\r\n\r\n"


MANGLED = {
    "two lengths": with_lines(b"Content-Length: @", b"Content-Length: 5"),
    "a negative length": with_lines(b"Content-Length: -@"),
    "a length that is none": with_lines(b"Content-Length: 0x10"),
    "a length and more": with_lines(b"Content-Length: @ 1"),
    "a list of lengths": with_lines(b"Content-Length: @, @"),
    "a length with a sign": with_lines(b"Content-Length: +@"),
    "a length that is empty": with_lines(b"Content-Length:"),
    "a length beyond all": with_lines(b"Content-Length: 1" + b"0" * 20),
    "a length too short": with_lines(b"Content-Length: 20"),
    "a length too long": with_lines(b"Content-Length: 1@"),
    "a chunk size that is none": with_lines(
        b"Transfer-Encoding: chunked",
        body=lambda right: b"z" + chunk(right)),
    "a negative chunk size": with_lines(
        b"Transfer-Encoding: chunked",
        body=lambda right: b"-" + chunk(right)),
    "a chunk too short": with_lines(
        b"Transfer-Encoding: chunked",
        body=lambda right: b"5\r\n" + right + b"\r\n0\r\n\r\n"),
    "chunks without an end": with_lines(
        b"Transfer-Encoding: chunked", body=lambda right: chunk(right)[:-5]),
    "a coding nobody knows": with_lines(b"Transfer-Encoding: rot13"),
    "a NUL in a header": with_lines(b"X-Odd: a\0b", b"Content-Length: @"),
    "a megabyte of a header": with_lines(b"X-Odd: " + b"x" * 1_000_000,
                                         b"Content-Length: @"),
    "many headers": with_lines(*[b"X-Odd: yes"] * 10_000,
                               b"Content-Length: @"),
    "no status line": lambda right: right,
    "a status that is none": lambda right: well(right).replace(
        b"200 OK", b"2oo OK", 1),
    "HTTP of another kind": lambda right: well(right).replace(
        b"HTTP/1.1", b"ICY", 1),
    "a flood of 100s": lambda right:
        b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000 + well(right),
}


@pytest.fixture
def service(pool):
    """The pool's documents, served by a mangler."""
    paths = [f"/{pool.pool_id}/.well-known/{name}" for name in
             ("openid-configuration", "jwks.json")]
    made = Mangler({})
    for path in paths:
        text = send("GET", pool.service_url + path).text
        made.documents[path] = text.replace("\\/", "/").replace(
            pool.service_url, made.origin).encode()
    yield made
    made.shutdown()
    made.server_close()


def served(gateway, pool, service):
    """A gateway that has the mangler for its provider, and a token."""
    issuer = f"{service.origin}/{pool.pool_id}"
    site = gateway(SITE, ISSUER=issuer, MORE="timeout 2s;")
    return site, bearer(pool.issue(claims={"iss": issuer}))


@pytest.mark.parametrize("case", MANGLED)
def test_malformed_http_response_is_503_and_not_reused(
        gateway, pool, service, case):
    """AC-146: closed, and none of it is taken for another answer: all is
    well on the next connection."""
    service.mangle = MANGLED[case]
    site, token = served(gateway, pool, service)
    assert send("GET", site.url("/"), token).status == 503
    used = service.connections
    service.mangle = None
    eventually(lambda: send("GET", site.url("/"), token).status == 200, 15,
               0.1)
    assert service.connections > used


def test_bytes_after_an_empty_response_are_no_response(gateway, pool, service):
    """AC-146: it is nobody's answer, on whatever connection."""
    service.mangle = with_lines(b"Content-Length: 0",
                                body=lambda right: well(right) * 3)
    site, token = served(gateway, pool, service)
    assert send("GET", site.url("/"), token).status == 503
    service.mangle = with_lines(b"Content-Length: 2", body=lambda _: b"{}")
    assert send("GET", site.url("/"), token).status == 503
    service.mangle = None
    eventually(lambda: send("GET", site.url("/"), token).status == 200, 15,
               0.1)


def test_chunked_coding_overrides_content_length(gateway, pool, service):
    """AC-146, RFC 9112 6.3: one reading of both, and never the length's."""
    service.mangle = with_lines(b"Content-Length: 20",
                                b"Transfer-Encoding: chunked", body=chunk)
    site, token = served(gateway, pool, service)
    assert send("GET", site.url("/"), token).status == 200
