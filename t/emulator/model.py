# SPDX-License-Identifier: Apache-2.0
"""The parts of a user pool: clients, users, resource servers."""

import secrets
import string
import uuid
from dataclasses import asdict, dataclass, field, fields
from urllib.parse import urlsplit

OIDC_SCOPES = ("openid", "email", "phone", "profile")
ADMIN_SCOPE = "aws.cognito.signin.user.admin"
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class ConfigError(ValueError):
    """A client, user or setting that the pool cannot have."""


def _random(alphabet: str, length: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))


def new_client_id() -> str:
    return _random(string.ascii_lowercase + string.digits, 26)


def new_client_secret() -> str:
    return _random(string.ascii_lowercase + string.digits, 51)


def text_of(value) -> str:
    """How Cognito spells an attribute where only strings are allowed."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def check_url(url: str) -> None:
    """Callback and sign-out URLs: https, a loopback, or an app's scheme."""
    parts = urlsplit(url)
    if not parts.scheme:
        raise ConfigError(f"url {url} is not absolute")
    if "#" in url:
        raise ConfigError(f"url {url} has a fragment")
    if "*" in parts.netloc:
        raise ConfigError(f"url {url} has a wildcard")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ConfigError(f"url {url} is neither https nor on localhost")


@dataclass
class Client:
    """An app client; `secret` is None for a public one."""

    id: str = field(default_factory=new_client_id)
    secret: str | None = field(default_factory=new_client_secret)
    second_secret: str | None = None
    name: str = ""
    allowed_oauth_flows: list[str] = field(default_factory=lambda: ["code"])
    allowed_oauth_scopes: list[str] = field(
        default_factory=lambda: [*OIDC_SCOPES, ADMIN_SCOPE])
    explicit_auth_flows: list[str] = field(default_factory=lambda: [
        "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])
    callback_urls: list[str] = field(default_factory=list)
    logout_urls: list[str] = field(default_factory=list)
    read_attributes: list[str] | None = None
    prevent_user_existence_errors: bool = True
    enable_token_revocation: bool = True

    def __post_init__(self):
        for urls in (self.callback_urls, self.logout_urls):
            if len(urls) > 100:
                raise ConfigError("more than 100 urls")
            for url in urls:
                check_url(url)

    def knows_secret(self, secret: str) -> bool:
        return secret in [s for s in (self.secret, self.second_secret) if s]

    def may_read(self, attribute: str) -> bool:
        return (self.read_attributes is None
                or attribute in self.read_attributes)


@dataclass
class User:
    """`status` is Cognito's: CONFIRMED, FORCE_CHANGE_PASSWORD, …"""

    username: str
    password: str = ""
    attributes: dict = field(default_factory=dict)
    groups: list[str] = field(default_factory=list)
    status: str = "CONFIRMED"
    enabled: bool = True
    mfa: str | None = None
    identity_provider: str | None = None

    def __post_init__(self):
        self.attributes.setdefault("sub", str(uuid.uuid4()))

    @property
    def sub(self) -> str:
        return self.attributes["sub"]

    def identities(self) -> list[dict]:
        _, _, user_id = self.username.partition("_")
        return [{"userId": user_id, "providerName": self.identity_provider,
                 "providerType": self.identity_provider, "issuer": None,
                 "primary": "true", "dateCreated": "1700000000000"}]


@dataclass
class ResourceServer:
    identifier: str
    scopes: list[str] = field(default_factory=list)


def build(kind: type, given: dict):
    """A Client, User or ResourceServer from JSON, refusing unknown words."""
    if not isinstance(given, dict):
        raise ConfigError(f"{kind.__name__} is not an object")
    unknown = set(given) - {item.name for item in fields(kind)}
    if unknown:
        raise ConfigError(
            f"{kind.__name__} has no {', '.join(sorted(unknown))}")
    try:
        return kind(**given)
    except TypeError as error:
        raise ConfigError(str(error)) from error


def as_json(item) -> dict:
    return asdict(item)
