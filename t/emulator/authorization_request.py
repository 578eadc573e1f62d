# SPDX-License-Identifier: Apache-2.0
"""The rules for the parameters of /oauth2/authorize and /login."""

import re
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from .model import Client
from .pool import Pool

# What Cognito leaves raw when it echoes `state`: decoded once, not encoded
# again, so a '%', '&' or '=' inside means something else afterwards.
RAW_IN_STATE = "/?&=:@%+,;!$'()*~"
BROKEN_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


class PageError(Exception):
    """No address to redirect to: the user sees an error page."""


class RedirectError(Exception):
    """Reported to the client, at its redirect_uri."""

    def __init__(self, error: str, description: str | None = None):
        super().__init__(error)
        self.error = error
        self.description = description


@dataclass
class Target:
    """Where the answer goes, known before the rest is looked at."""

    client: Client
    redirect_uri: str
    state: str | None
    fragment: bool

    def url(self, parameters: dict, with_state: bool = True) -> str:
        query = urlencode(parameters)
        if with_state and self.state is not None:
            query += "&state=" + quote(self.state, safe=RAW_IN_STATE)
        mark = "#" if self.fragment else \
            "&" if "?" in self.redirect_uri else "?"
        return f"{self.redirect_uri}{mark}{query}"


@dataclass
class AuthorizationRequest:
    response_type: str
    scopes: list[str]
    nonce: str | None
    code_challenge: str | None
    resource: str | None
    prompts: list[str]


def target(pool: Pool, given: dict) -> Target:
    """Raises PageError."""
    if "client_id" not in given:
        raise PageError("Required String parameter 'client_id' is not"
                        " present")
    client = pool.client(given["client_id"])
    if client is None:
        raise PageError("Client does not exist")
    if "redirect_uri" not in given:
        raise PageError("Required String parameter 'redirect_uri' is not"
                        " present")
    if given["redirect_uri"] not in client.callback_urls:
        raise PageError("redirect_mismatch")
    state = given.get("state")
    if state is not None and BROKEN_PERCENT.search(state):
        raise PageError("Invalid state")
    return Target(client, given["redirect_uri"], state,
                  given.get("response_type") == "token")


def check(pool: Pool, client: Client, given: dict) -> AuthorizationRequest:
    """Raises RedirectError."""
    response_type = _response_type(client, given)
    return AuthorizationRequest(
        response_type, _scopes(pool, client, given), given.get("nonce"),
        _code_challenge(given), _resource(pool, given),
        _prompts(pool, given))


def _response_type(client: Client, given: dict) -> str:
    wanted = given.get("response_type")
    if wanted not in ("code", "token"):
        raise RedirectError("invalid_request", "invalid response_type")
    flow = "code" if wanted == "code" else "implicit"
    if flow not in client.allowed_oauth_flows:
        raise RedirectError("unauthorized_client")
    return wanted


def _code_challenge(given: dict) -> str | None:
    challenge = given.get("code_challenge")
    if challenge is None:
        return None
    if given.get("code_challenge_method") != "S256":
        raise RedirectError("invalid_request",
                            "code_challenge_method must be S256")
    if not re.fullmatch(r"[A-Za-z0-9_-]{43}", challenge):
        raise RedirectError("invalid_request", "invalid code_challenge")
    return challenge


def _scopes(pool: Pool, client: Client, given: dict) -> list[str]:
    """Scopes of a vanished resource server are dropped, strange ones not."""
    assigned = client.allowed_oauth_scopes
    asked = given.get("scope", "").split() or list(assigned)
    alone = {"email", "phone", "profile"} & set(asked)
    if set(asked) - set(assigned) or (alone and "openid" not in asked):
        if pool.settings.scope_error == "documented":
            raise RedirectError("invalid_scope")
        raise RedirectError("invalid_request", "invalid_scope")
    known = pool.custom_scopes()
    granted = [scope for scope in asked if "/" not in scope or scope in known]
    return list(dict.fromkeys(granted))


def _resource(pool: Pool, given: dict) -> str | None:
    wanted = given.get("resource")
    if wanted is None or pool.settings.login == "classic":
        return None
    parts = urlsplit(wanted)
    plain = parts.scheme == "http" and parts.hostname != "localhost"
    if not parts.scheme or plain or " " in wanted or "#" in wanted \
            or (parts.scheme == "https" and not parts.netloc):
        raise RedirectError("invalid_request", "invalid resource")
    return wanted


def _prompts(pool: Pool, given: dict) -> list[str]:
    if pool.settings.login == "classic":  # the old pages do not know it
        return []
    prompts = given.get("prompt", "").split()
    if "none" in prompts and len(prompts) > 1:
        raise RedirectError("invalid_request", "invalid prompt")
    return prompts
