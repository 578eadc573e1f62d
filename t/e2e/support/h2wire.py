# SPDX-License-Identifier: Apache-2.0
"""Talks HTTP/2 stream by stream: in the clear with prior knowledge, or over
TLS with whoever is there."""

import socket
import ssl

import h2.config
import h2.connection
import h2.events


class Stream:
    """One response as far as it has come."""

    def __init__(self):
        self.headers = {}
        self.set_cookies = []
        self.body = b""
        self.ended = False

    @property
    def status(self):
        return int(self.headers[":status"])

    def take(self, headers):
        self.headers.update(headers)
        self.set_cookies += [value for name, value in headers
                             if name == "set-cookie"]


class H2:
    def __init__(self, port, timeout=15, tls=False):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        if tls:
            context = ssl._create_unverified_context()
            context.set_alpn_protocols(["h2"])
            self.socket = context.wrap_socket(self.socket)
        self.h2 = h2.connection.H2Connection(
            h2.config.H2Configuration(header_encoding="utf-8"))
        self.h2.initiate_connection()
        self.streams = {}
        self._flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def _flush(self):
        self.socket.sendall(self.h2.data_to_send())

    def request(self, path, method="GET", headers=(), body=None,
                send_body=True):
        """Starts a stream; with `send_body` false its body is only
        promised."""
        number = self.h2.get_next_available_stream_id()
        self.streams[number] = Stream()
        self.h2.send_headers(number, [
            (":method", method), (":path", path), (":scheme", "http"),
            (":authority", "localhost"), *headers], end_stream=body is None)
        self._flush()
        if body is not None and send_body:
            self.send(number, body)
        return number

    def send(self, number, body):
        """All of a body, in frames that the window allows."""
        while body:
            room = min(self.h2.local_flow_control_window(number),
                       self.h2.max_outbound_frame_size)
            if room <= 0:
                if self.streams[number].ended:
                    return
                self._receive()
                continue
            self.h2.send_data(number, body[:room])
            body = body[room:]
            self._flush()
        self.h2.end_stream(number)
        self._flush()

    def cancel(self, number):
        self.h2.reset_stream(number, 8)
        self._flush()

    def wait(self, *numbers):
        """The streams, once they have ended."""
        while not all(self.streams[n].ended for n in numbers):
            self._receive()
        return [self.streams[n] for n in numbers]

    def _receive(self):
        data = self.socket.recv(65536)
        assert data, "the connection ended"
        for event in self.h2.receive_data(data):
            stream = self.streams.get(getattr(event, "stream_id", None))
            if isinstance(event, (h2.events.ResponseReceived,
                                  h2.events.TrailersReceived)):
                stream.take(event.headers)
            elif isinstance(event, h2.events.DataReceived):
                stream.body += event.data
                self.h2.acknowledge_received_data(
                    event.flow_controlled_length, event.stream_id)
            elif isinstance(event, (h2.events.StreamEnded,
                                    h2.events.StreamReset)):
                stream.ended = True
        self._flush()
