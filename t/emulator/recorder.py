# SPDX-License-Identifier: Apache-2.0
"""Records the calls: counters, and a log that tests may read."""

import base64
import binascii
from collections import Counter, deque
from urllib.parse import parse_qsl

from aiohttp import web

KEEP = 5000
GRANTS = ("authorization_code", "refresh_token", "client_credentials")
DOMAIN_PATHS = {
    "/oauth2/authorize": "authorize", "/oauth2/token": "token",
    "/oauth2/userInfo": "userinfo", "/oauth2/revoke": "revoke",
    "/login": "login", "/changePassword": "login", "/logout": "logout",
    "/error": "error"}


def parse_form(text: str) -> dict[str, str]:
    """The first value of each parameter, as Cognito's servlets take it."""
    pairs = parse_qsl(text, keep_blank_values=True)
    return dict(reversed(pairs))


def raw_query(request: web.Request) -> str:
    """As it was on the wire: yarl would mend broken percent-encoding."""
    return request.raw_path.partition("?")[2]


def kind_on_domain(path: str, form: dict) -> str:
    kind = DOMAIN_PATHS.get(path, "other")
    if kind != "token":
        return kind
    grant = form.get("grant_type")
    return f"token.{grant if grant in GRANTS else 'other'}"


def kind_on_service(path: str, headers) -> str:
    if path.endswith("/.well-known/openid-configuration"):
        return "discovery"
    if path.endswith("/.well-known/jwks.json"):
        return "jwks"
    if path == "/":
        target = headers.get("X-Amz-Target", "")
        return f"api.{target.rpartition('.')[2] or 'other'}"
    return "other"


def peer_port(request: web.Request) -> int | None:
    """Tells connections apart; none: the client has left."""
    peer = request.transport and request.transport.get_extra_info("peername")
    return peer[1] if peer else None


def matches(kind: str, wanted: str) -> bool:
    """`token` stands for `token.refresh_token` and its like."""
    return wanted in ("*", kind) or kind.startswith(wanted + ".")


def basic_credentials(header: str | None) -> tuple[str, str] | None:
    scheme, _, value = (header or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = base64.b64decode(value.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    user, colon, password = text.partition(":")
    return (user, password) if colon else None


class Recorder:
    def __init__(self):
        self.clear()

    def clear(self) -> None:
        self.counters: Counter[str] = Counter()
        self.log: deque[dict] = deque(maxlen=KEEP)
        self.sequence = 0

    def begin(self, request: web.Request, kind: str, body: bytes,
              form: dict, now: float) -> dict:
        self.counters[kind] += 1
        self.sequence += 1
        text = body.decode("utf-8", "replace")
        query = raw_query(request)
        entry = {
            "seq": self.sequence, "time": now, "kind": kind,
            "method": request.method, "host": request.host,
            "path": request.path, "query_string": query,
            "query": parse_form(query),
            "headers": {k.lower(): v for k, v in request.headers.items()},
            "raw_headers": [[k, v] for k, v in request.headers.items()],
            "body": text, "form": form, "http": request.version.minor,
            "basic": basic_credentials(request.headers.get("Authorization")),
            "remote": request.remote, "connection": peer_port(request),
            "fault": None, "status": None, "location": None}
        self.log.append(entry)
        return entry

    def entries(self, kind: str, since: int) -> list[dict]:
        return [entry for entry in self.log
                if entry["seq"] > since and matches(entry["kind"], kind)]
