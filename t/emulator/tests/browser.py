# SPDX-License-Identifier: Apache-2.0
"""Talks to the emulator: plain calls, a cookie jar, a whole login."""

import base64
import hashlib
import http.client
import json
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlencode, urlsplit

CALLBACK = "http://localhost:8080/oidc_callback"
HOME = "http://localhost:8080/"
VERIFIER = "a" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(
    VERIFIER.encode()).digest()).rstrip(b"=").decode()


class Reply:
    def __init__(self, raw: http.client.HTTPResponse):
        self.status = raw.status
        self.headers = raw.headers
        self.body = raw.read()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def location(self) -> str:
        return self.headers["Location"]

    @property
    def query(self) -> dict:
        """Parameters of the place this reply sends to."""
        return {name: values[0] for name, values in parse_qs(
            urlsplit(self.location).query, keep_blank_values=True).items()}


def call(method: str, url: str, body=None, headers=None) -> Reply:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port,
                                            timeout=5)
    path = url[url.index(parts.netloc) + len(parts.netloc):] or "/"
    try:
        connection.request(method, path, body, headers or {})
        return Reply(connection.getresponse())
    finally:
        connection.close()


class Browser:
    """Keeps cookies, and follows redirects only when told to."""

    def __init__(self):
        self.cookies: dict[str, str] = {}

    def call(self, method: str, url: str, form=None) -> Reply:
        headers = {"Cookie": "; ".join(
            f"{k}={v}" for k, v in self.cookies.items())}
        body = None
        if form is not None:
            body = urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        reply = call(method, url, body, headers)
        for line in reply.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
                if morsel["max-age"] == "0":
                    del self.cookies[name]
        return reply

    def get(self, url: str) -> Reply:
        return self.call("GET", url)


def decode(token: str, part: int = 1) -> dict:
    return json.loads(raw_part(token, part))


def raw_part(token: str, part: int) -> bytes:
    text = token.split(".")[part]
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Emulator:
    def __init__(self, ready: dict):
        self.ready = ready
        self.issuer = ready["issuer"]
        self.domain = ready["domain_url"]
        self.service = ready["service_url"]
        by_name = {client["name"]: client for client in ready["clients"]}
        self.confidential = by_name["confidential"]
        self.public = by_name["public"]
        self.machine = by_name["machine"]
        self.client_token = by_name["client-token"]

    def control(self, method: str, path: str, body=None):
        reply = call(method, self.ready["control_url"] + path,
                     None if body is None else json.dumps(body))
        assert reply.status == 200, reply.body
        return reply.json

    def settings(self, **changes) -> None:
        self.control("POST", "/settings", changes)

    def counters(self) -> dict:
        return self.control("GET", "/counters")

    def authorize_url(self, **changes) -> str:
        """`name=None` leaves a parameter out."""
        given = {"response_type": "code", "redirect_uri": CALLBACK,
                 "client_id": self.confidential["id"], "scope": "openid",
                 "state": "abc", **changes}
        return f"{self.domain}/oauth2/authorize?" + urlencode(
            {k: v for k, v in given.items() if v is not None})

    def authorize(self, browser: Browser | None = None, **changes) -> Reply:
        """The answer at the end, after the hop to /login if there is one."""
        browser = browser or Browser()
        reply = browser.get(self.authorize_url(**changes))
        if reply.status == 302 and "/login?" in reply.location:
            reply = browser.get(reply.location)
        return reply

    def code(self, browser: Browser | None = None, **changes) -> str:
        return self.authorize(browser, auto_login="jane",
                              **changes).query["code"]

    def token(self, client: dict, basic: bool = True, **form) -> Reply:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if not basic or client["secret"] is None:
            form = {"client_id": client["id"], **form}
            if client["secret"] is not None:
                form["client_secret"] = client["secret"]
        else:
            headers["Authorization"] = basic_header(client["id"],
                                                    client["secret"])
        return call("POST", f"{self.domain}/oauth2/token", urlencode(form),
                    headers)

    def exchange(self, code: str, client: dict | None = None,
                 **form) -> Reply:
        return self.token(client or self.confidential, code=code,
                          grant_type="authorization_code",
                          **{"redirect_uri": CALLBACK, **form})

    def login(self, **changes) -> dict:
        """The token endpoint's answer to a login as jane."""
        reply = self.exchange(self.code(**changes))
        assert reply.status == 200, reply.body
        return reply.json

    def refresh(self, token: str, client: dict | None = None) -> Reply:
        return self.token(client or self.confidential, refresh_token=token,
                          grant_type="refresh_token")

    def machine_token(self, client: dict | None = None, **form) -> Reply:
        return self.token(client or self.machine,
                          grant_type="client_credentials", **form)

    def userinfo(self, token: str) -> Reply:
        return call("GET", f"{self.domain}/oauth2/userInfo",
                    headers={"Authorization": f"Bearer {token}"})

    def api(self, operation: str, **body) -> Reply:
        return call("POST", self.service + "/", json.dumps(body), {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target":
                f"AWSCognitoIdentityProviderService.{operation}"})


def basic_header(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(
        f"{user}:{password}".encode()).decode()
