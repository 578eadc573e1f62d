# SPDX-License-Identifier: Apache-2.0
"""An upstream that tells what reached it: the request's line and headers,
and what a bearer token says about its owner."""

import base64
import html
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def claims(authorization):
    """The payload of a bearer token, unverified: nginx has verified it."""
    try:
        payload = authorization.removeprefix("Bearer ").split(".")[1]
        padding = "=" * (-len(payload) % 4)
        return json.loads(base64.urlsafe_b64decode(payload + padding))
    except (IndexError, ValueError):
        return None


def table(rows):
    cells = "".join(
        f"<tr><th>{html.escape(str(name))}<td>{html.escape(str(value))}"
        for name, value in rows)
    return f"<table>{cells}</table>"


class Echo(BaseHTTPRequestHandler):
    """Answers every request with itself, as HTML or as JSON."""

    protocol_version = "HTTP/1.1"

    def page(self, told):
        people = "text/html" in self.headers.get("Accept", "")
        if not people:
            return "application/json", json.dumps(told, indent=2) + "\n"
        token = told["access_token_claims"]
        return "text/html; charset=utf-8", (
            "<!doctype html><meta name=viewport content=width=device-width>"
            "<title>The application</title>"
            "<style>body{font:1em/1.5 sans-serif;max-width:50em;margin:2em "
            "auto;padding:0 1em}th{text-align:left;padding-right:1em;"
            "vertical-align:top}td{overflow-wrap:anywhere}</style>"
            f"<h1>Hello {html.escape(told['headers'].get('X-User', ''))}</h1>"
            "<p>This is the application behind nginx. "
            "<a href=/logout>Log out</a> · <a href=/>Start page</a>"
            f"<h2>What it was sent</h2>{table(told['headers'].items())}"
            f"<h2>The access token says</h2>{table((token or {}).items())}")

    def answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode("utf-8", "replace")
        kind, text = self.page({
            "method": self.command,
            "uri": self.path,
            "headers": dict(self.headers.items()),
            "body": body,
            "access_token_claims": claims(
                self.headers.get("Authorization", "")),
        })
        data = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = answer

    def log_message(self, *_):
        """nginx logs the requests."""


def server(port):
    """An upstream on a loopback port; serve_forever() runs it."""
    return ThreadingHTTPServer(("127.0.0.1", port), Echo)
