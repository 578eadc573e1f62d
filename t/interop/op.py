"""Knows oidc-provider: how it is started, and how to be a client of it."""

import base64
import hashlib
import json
import subprocess
from pathlib import Path
from urllib.parse import quote_plus, urlencode

HERE = Path(__file__).resolve().parent
VERIFIER = "interop-" * 6
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(
    VERIFIER.encode()).digest()).rstrip(b"=").decode()


class Provider:
    """A running oidc-provider."""

    def __init__(self, port, clients, log):
        self.issuer = f"http://127.0.0.1:{port}"
        with open(log, "wb") as errors:
            self.process = subprocess.Popen(
                ["node", HERE / "provider.mjs", str(port),
                 json.dumps(clients)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                text=True, bufsize=1)
        self.expect("ready")

    def expect(self, word):
        """Its next line, past the notices of the library."""
        for line in self.process.stdout:
            if line.strip() == word:
                return
        raise AssertionError(f"oidc-provider ended before it said {word}")

    def order(self, word):
        self.process.stdin.write(f"{word}\n")
        self.expect(word)

    def stop(self):
        self.process.stdin.close()
        self.process.wait(5)


class RelyingParty:
    """A client of the provider that is not nginx."""

    def __init__(self, issuer, client, browser):
        self.issuer = issuer
        self.client = client
        self.browser = browser

    def authorize(self, resource=None):
        """The code that a login of jane gives."""
        given = {"response_type": "code", "scope":
                 "openid offline_access api:read", "prompt": "consent",
                 "client_id": self.client["client_id"], "nonce": "n",
                 "redirect_uri": self.client["redirect_uris"][0],
                 "code_challenge": CHALLENGE, "code_challenge_method": "S256",
                 "state": "s", **({"resource": resource} if resource else {})}
        reply = self.browser.follow(f"{self.issuer}/auth?{urlencode(given)}",
                                    until=given["redirect_uri"])
        return reply.query["code"]

    def token(self, **form):
        """What the token endpoint says to a grant."""
        names = (self.client["client_id"], self.client["client_secret"])
        basic = base64.b64encode(":".join(
            map(quote_plus, names)).encode()).decode()
        reply = self.browser.post(f"{self.issuer}/token", form,
                                  {"Authorization": f"Basic {basic}"})
        assert reply.status == 200, reply.body
        return reply.json

    def log_in(self, resource=None):
        return self.token(grant_type="authorization_code",
                          code=self.authorize(resource),
                          redirect_uri=self.client["redirect_uris"][0],
                          code_verifier=VERIFIER)

    def refresh(self, tokens):
        return self.token(grant_type="refresh_token",
                          refresh_token=tokens["refresh_token"])
