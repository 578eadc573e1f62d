# SPDX-License-Identifier: Apache-2.0
"""Upstreams of the other kinds: FastCGI, uwsgi, SCGI and gRPC. Each answers
with the request headers that reached it, under the names that its protocol
gives them, as JSON."""

import json
import socketserver
import struct
import threading

import h2.config
import h2.connection
import h2.events


class Sink(socketserver.ThreadingTCPServer):
    """`seen` are the headers of each request, as pairs."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, handler):
        super().__init__(("127.0.0.1", 0), handler)
        self.seen = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self):
        return self.server_address[1]

    def handle_error(self, *_):
        """A gateway that goes away is part of the game."""

    def take(self, pairs):
        """Remembers them; returns the answer's body."""
        self.seen.append(pairs)
        return json.dumps({"headers": pairs}).encode()


class Handler(socketserver.StreamRequestHandler):
    def exactly(self, size):
        data = self.rfile.read(size)
        if len(data) < size:
            raise ConnectionError("cut")
        return data

    def cgi_answer(self, pairs, status_line):
        return (status_line + b"Content-Type: application/json\r\n\r\n"
                + self.server.take(pairs))


def text(data):
    return data.decode("utf-8", "surrogateescape")


class FastCgi(Handler):
    """FastCGI 1.0: records until PARAMS and STDIN have ended."""

    BEGIN, END, PARAMS, STDIN, STDOUT = 1, 3, 4, 5, 6

    def handle(self):
        params = b""
        while True:
            _, kind, number, size, padding, _ = struct.unpack(
                ">BBHHBB", self.exactly(8))
            data = self.exactly(size)
            self.exactly(padding)
            if kind == self.PARAMS:
                params += data
            if kind == self.STDIN and not size:
                break
        body = self.cgi_answer(list(self.pairs(params)), b"Status: 200\r\n")
        for kind, data in ((self.STDOUT, body), (self.STDOUT, b""),
                           (self.END, bytes(8))):
            self.wfile.write(struct.pack(
                ">BBHHBB", 1, kind, number, len(data), 0, 0) + data)

    @staticmethod
    def pairs(data):
        at = 0

        def length():
            nonlocal at
            size, at = data[at], at + 1
            if size & 0x80:
                size = struct.unpack_from(">I", data, at - 1)[0] & 0x7fffffff
                at += 3
            return size
        while at < len(data):
            name, value = length(), length()
            yield (text(data[at:at + name]),
                   text(data[at + name:at + name + value]))
            at += name + value


class Uwsgi(Handler):
    """One packet of variables, little-endian lengths before each string."""

    def handle(self):
        _, size, _ = struct.unpack("<BHB", self.exactly(4))
        data, words, at = self.exactly(size), [], 0
        while at < size:
            length = struct.unpack_from("<H", data, at)[0]
            words.append(text(data[at + 2:at + 2 + length]))
            at += 2 + length
        self.wfile.write(self.cgi_answer(
            list(zip(words[::2], words[1::2])), b"HTTP/1.0 200 OK\r\n"))


class Scgi(Handler):
    """A netstring of names and values that NULs end."""

    def handle(self):
        size = b""
        while (digit := self.exactly(1)) != b":":
            size += digit
        words = text(self.exactly(int(size))).split("\0")
        self.wfile.write(self.cgi_answer(
            list(zip(words[::2], words[1::2])), b"Status: 200 OK\r\n"))


class Grpc(Handler):
    """HTTP/2 in the clear: each call gets one message and status 0."""

    def handle(self):
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(
            client_side=False, header_encoding="utf-8"))
        self.h2.initiate_connection()
        self.flush()
        calls = {}
        while data := self.request.recv(65536):
            for event in self.h2.receive_data(data):
                if isinstance(event, h2.events.RequestReceived):
                    calls[event.stream_id] = event.headers
                elif isinstance(event, h2.events.StreamEnded):
                    self.answer(event.stream_id, calls.pop(event.stream_id))
            self.flush()

    def answer(self, stream, headers):
        told = self.server.take([list(pair) for pair in headers])
        self.h2.send_headers(stream, [(":status", "200"),
                                      ("content-type", "application/grpc")])
        self.h2.send_data(stream, struct.pack(">BI", 0, len(told)) + told)
        self.h2.send_headers(stream, [("grpc-status", "0")], end_stream=True)

    def flush(self):
        self.request.sendall(self.h2.data_to_send())


KINDS = {"fastcgi": FastCgi, "uwsgi": Uwsgi, "scgi": Scgi, "grpc": Grpc}
