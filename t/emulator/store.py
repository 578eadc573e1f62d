# SPDX-License-Identifier: Apache-2.0
"""The state of the pool at run time: codes, sessions, chains of tokens."""

import secrets
import uuid
from collections import deque
from dataclasses import dataclass, field

from .clock import Clock
from .keys import base64url


@dataclass
class Chain:
    """One sign-in at one client, and all tokens that came from it."""

    client_id: str
    username: str
    scopes: list[str]
    auth_time: int
    nonce: str | None = None
    resource: str | None = None
    oauth: bool = True
    origin_jti: str = field(default_factory=lambda: str(uuid.uuid4()))
    event_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    revoked: bool = False


@dataclass
class Code:
    chain: Chain
    redirect_uri: str
    expires: float
    code_challenge: str | None


@dataclass
class RefreshToken:
    chain: Chain
    expires: float
    retired: float | None = None


@dataclass
class Session:
    """What the cookie `cognito` stands for: an hour, never prolonged."""

    username: str
    auth_time: int
    expires: float


@dataclass
class Challenge:
    """A sign-in of the JSON API that waits for its next step."""

    name: str
    username: str
    client_id: str
    expires: float


def refresh_token_text() -> str:
    """Looks like the compact JWE that Cognito sends, of about 1.8 kB."""
    header = b'{"cty":"JWT","enc":"A256GCM","alg":"RSA-OAEP"}'
    sizes = (256, 12, 1040, 16)
    parts = [header, *(secrets.token_bytes(size) for size in sizes)]
    return ".".join(base64url(part) for part in parts)


class Store:
    """Everything but the configuration; a reset forgets it."""

    def __init__(self, clock: Clock):
        self.clock = clock
        self.codes: dict[str, Code] = {}
        self.sessions: dict[str, Session] = {}
        self.login_pages: dict[str, float] = {}
        self.refresh_tokens: dict[str, RefreshToken] = {}
        self.chains: dict[str, Chain] = {}
        self.challenges: dict[str, Challenge] = {}
        self.issued: deque[str] = deque(maxlen=5000)

    def add_code(self, code: Code) -> str:
        text = str(uuid.uuid4())
        self.codes[text] = code
        self.issued.append(text)
        return text

    def add_chain(self, chain: Chain) -> Chain:
        self.chains[chain.origin_jti] = chain
        return chain

    def add_refresh_token(self, chain: Chain, expires: float) -> str:
        text = refresh_token_text()
        self.refresh_tokens[text] = RefreshToken(chain, expires)
        return text

    def session(self, cookie: str | None) -> Session | None:
        found = self.sessions.get(cookie or "")
        if found and found.expires > self.clock.now():
            return found
        return None

    def add_session(self, session: Session) -> str:
        cookie = base64url(secrets.token_bytes(96))
        self.sessions[cookie] = session
        return cookie

    def open_login_page(self, cookie: str | None) -> str:
        """The value of XSRF-TOKEN; tabs of one browser share it."""
        known = cookie in self.login_pages
        token = cookie if known else str(uuid.uuid4())
        self.login_pages[token] = self.clock.now()
        return token

    def add_challenge(self, challenge: Challenge) -> str:
        text = base64url(secrets.token_bytes(700))
        self.challenges[text] = challenge
        return text

    def sign_out(self, username: str) -> None:
        """GlobalSignOut: the browser's session is not touched."""
        for chain in self.chains.values():
            if chain.username == username:
                chain.revoked = True
