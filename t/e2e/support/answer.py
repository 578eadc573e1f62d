# SPDX-License-Identifier: Apache-2.0
"""The response to one request."""

import json


class Answer:
    """Status, headers and body; `history` holds the redirects before it."""

    def __init__(self, raw, url=""):
        self.status = raw.status
        self.headers = raw.headers
        self.body = raw.read()
        self.url = url
        self.history = []

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def text(self):
        return self.body.decode()

    @property
    def location(self):
        return self.headers["Location"]

    @property
    def challenge(self):
        return self.headers["WWW-Authenticate"]

    @property
    def reason(self):
        """$oidc_error, which the harness sends along as a header."""
        return self.headers["X-Oidc-Error"] or ""

    @property
    def set_cookies(self):
        return self.headers.get_all("Set-Cookie") or []

    def sent(self, name):
        """The values of a header that reached the upstream, in order."""
        return [value for key, value in self.json["headers"]
                if key.lower() == name.lower()]

    def __repr__(self):
        return (f"<{self.status} {self.url} {dict(self.headers)} "
                f"{self.body[:300]!r}>")
