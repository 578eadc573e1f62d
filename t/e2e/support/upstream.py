# SPDX-License-Identifier: Apache-2.0
"""An application that answers each request with what reached it, as JSON,
and remembers it, so that a test can tell that nothing did."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    def answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        told = {"method": self.command, "uri": self.path,
                "headers": self.headers.items(),
                "body": self.rfile.read(length).decode("latin-1")}
        self.server.requests.append(told)
        status, headers, body = self.server.answers.get(
            self.path.partition("?")[0], (200, {}, None))
        if callable(body):
            body = body(told)
        data = json.dumps(told) if body is None else body
        self.send_response(status)
        for name, value in {"Content-Type": "application/json",
                            "Content-Length": str(len(data)),
                            **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data.encode())

    def __getattr__(self, name):
        if name.startswith("do_"):  # whatever the method
            return self.answer
        raise AttributeError(name)

    def log_message(self, *_):
        """nginx logs the requests."""


class Upstream(ThreadingHTTPServer):
    """`answers` maps a path to (status, headers, body); a body of None is
    the request told, and a function makes one of it."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests = []
        self.answers = {}
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self):
        return self.server_address[1]

    def clear(self):
        self.requests.clear()
        self.answers.clear()

    def handle_error(self, *_):
        """A client that goes away is part of the game."""
