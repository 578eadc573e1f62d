# SPDX-License-Identifier: Apache-2.0
"""Starts oidc-provider, and makes clients of it."""

import base64
import hashlib
import json
import subprocess
from pathlib import Path
from urllib.parse import quote_plus, urlencode, urljoin

import nodejs
from visitor import FORM, MANY, Visitor, query_of, send

HERE = Path(__file__).resolve().parent
# Not nginx's address: browsers do not tell ports apart for cookies.
HOST = "127.0.0.2"
VERIFIER = "interop-" * 6
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(
    VERIFIER.encode()).digest()).rstrip(b"=").decode()


class Provider:
    """A running oidc-provider."""

    def __init__(self, port, clients, log):
        self.issuer = f"http://{HOST}:{port}"
        with open(log, "wb") as errors:
            self.process = subprocess.Popen(
                [nodejs.executable(), HERE / "provider.mjs", HOST, str(port),
                 json.dumps(clients)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                text=True, bufsize=1)
        self._expect("ready", log)

    def _expect(self, word, log=""):
        """Its next line, past the notices of the library."""
        for line in self.process.stdout:
            if line.strip() == word:
                return
        raise AssertionError(f"oidc-provider never said {word}: {log}")

    def order(self, word):
        self.process.stdin.write(f"{word}\n")
        self._expect(word)

    def stop(self):
        """It ends with its stdin."""
        self.process.communicate(timeout=10)


def walk(visitor, url, until):
    """The first place below `until` that the redirects from `url` lead to."""
    for _ in range(MANY):
        answer = visitor.get(url)
        assert answer.location, answer
        url = urljoin(url, answer.location)
        if url.startswith(until):
            return url
    raise AssertionError(f"redirected for ever, the last to {url}")


class RelyingParty:
    """A client of the provider that is not nginx."""

    def __init__(self, issuer, client):
        self.issuer = issuer
        self.client = client
        self.seen = set()

    def authorize(self, resource):
        """The code that a login of jane gives."""
        return self.respond(resource)["code"]

    def respond(self, resource=None, **more):
        """The parameters of the response to an authorization request."""
        given = {"response_type": "code", "nonce": "n", "state": "s",
                 "scope": "openid offline_access api:read",
                 "prompt": "consent", "client_id": self.client["client_id"],
                 "redirect_uri": self.client["redirect_uris"][0],
                 "code_challenge": CHALLENGE, "code_challenge_method": "S256",
                 **({"resource": resource} if resource else {}), **more}
        callback = walk(Visitor(), f"{self.issuer}/auth?{urlencode(given)}",
                        until=given["redirect_uri"])
        return query_of(callback)

    def post(self, path, accept="application/json", **form):
        """An answer to this client."""
        pair = ":".join(quote_plus(self.client[name])
                        for name in ("client_id", "client_secret"))
        answer = send("POST", self.issuer + path, {
            "Authorization":
                f"Basic {base64.b64encode(pair.encode()).decode()}",
            "Content-Type": FORM, "Accept": accept,
        }, urlencode(form))
        assert answer.status == 200, answer
        return answer

    def token(self, **form):
        """What the token endpoint says to a grant."""
        answer = self.post("/token", **form)
        self.seen |= {value for name, value in answer.json.items()
                      if name.endswith("_token")}
        return answer.json

    def log_in(self, resource=None):
        return self.token(grant_type="authorization_code",
                          code=self.authorize(resource),
                          redirect_uri=self.client["redirect_uris"][0],
                          code_verifier=VERIFIER)

    def refresh(self, tokens):
        return self.token(grant_type="refresh_token",
                          refresh_token=tokens["refresh_token"])
