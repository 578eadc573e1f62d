# SPDX-License-Identifier: Apache-2.0
"""Talks HTTP/1 over a socket byte by byte, for what no client would send."""

import http.client
import io
import socket

from answer import Answer


class _Stream:
    """What http.client wants of a socket: the file, and no more."""

    def __init__(self, file):
        self.file = file

    def makefile(self, _mode):
        return self.file


class _KeptOpen(io.BufferedReader):
    """A response closes its file; the connection goes on."""

    def close(self):
        pass


class Wire:
    """One connection; `with` closes it."""

    def __init__(self, port, host="127.0.0.1", timeout=10, tls=None):
        self.socket = socket.create_connection((host, port), timeout)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket,
                                          server_hostname="localhost")
        self.file = _KeptOpen(self.socket.makefile("rb", buffering=0))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()
        io.BufferedReader.close(self.file)

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes)
                            else data.encode())

    def receive(self, method="GET"):
        """The next response; raises when the connection ended instead."""
        raw = http.client.HTTPResponse(_Stream(self.file), method=method)
        raw.begin()
        return Answer(raw)

    def ask(self, data, method="GET"):
        self.send(data)
        return self.receive(method)

    def rest(self):
        """All bytes until the other side closes."""
        return self.file.read()


def request(path="/", method="GET", headers=(), body=b"", host="localhost"):
    """The bytes of one request; `headers` are whole lines."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines + ["", ""]).encode("latin-1") + body


def once(port, *args, **kwargs):
    """One request on a connection of its own."""
    with Wire(port) as wire:
        return wire.ask(request(*args, **kwargs),
                        kwargs.get("method", "GET"))
