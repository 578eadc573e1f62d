# SPDX-License-Identifier: Apache-2.0
"""The claims that Cognito puts into each kind of token."""

import json
import uuid

from .model import Client, User, text_of
from .store import Chain

PROFILE = {"name", "family_name", "given_name", "middle_name", "nickname",
           "preferred_username", "profile", "picture", "website", "gender",
           "birthdate", "zoneinfo", "locale", "updated_at"}
BY_SCOPE = {
    "email": {"email", "email_verified"},
    "phone": {"phone_number", "phone_number_verified"},
    "profile": PROFILE,
}
BOOLEANS = ("email_verified", "phone_number_verified")


def unreadable(client: Client, scopes: list[str]) -> list[str]:
    """Attributes a scope implies and the client may not read."""
    return [name for scope in ("email", "phone") if scope in scopes
            for name in sorted(BY_SCOPE[scope]) if not client.may_read(name)]


def visible(user: User, client: Client, chain: Chain) -> dict:
    """`openid` alone shows all; beside others it only opens the door."""
    limits = [scope for scope in BY_SCOPE if scope in chain.scopes]
    shown = {}
    for name, value in user.attributes.items():
        allowed = not limits or any(name in BY_SCOPE[s] for s in limits) \
            or ("profile" in limits and name.startswith("custom:"))
        if allowed and client.may_read(name) and name != "sub":
            shown[name] = value
    return shown


def id_token(user: User, client: Client, chain: Chain, issuer: str,
             now: int, life: int) -> dict:
    """Without `at_hash` and `nonce`, which come with the OAuth flows."""
    shown = visible(user, client, chain)
    claims = {"sub": user.sub}
    if user.groups:
        claims["cognito:groups"] = user.groups
    claims |= {name: shown.pop(name) for name in BOOLEANS if name in shown}
    claims |= {"iss": issuer, "cognito:username": user.username,
               "origin_jti": chain.origin_jti, "aud": client.id}
    if not client.enable_token_revocation:
        del claims["origin_jti"]
    if user.identity_provider:
        claims["identities"] = user.identities()
    claims |= {"event_id": chain.event_id, "token_use": "id",
               "auth_time": chain.auth_time, "exp": now + life, "iat": now,
               "jti": str(uuid.uuid4())}
    if "address" in shown:
        claims["address"] = {"formatted": str(shown.pop("address"))}
    return claims | {name: str(value) for name, value in shown.items()}


def access_token(user: User, client: Client, chain: Chain, issuer: str,
                 now: int, life: int) -> dict:
    """No `aud`, unless the login asked for a `resource`."""
    claims = {"sub": user.sub}
    if user.groups:
        claims["cognito:groups"] = user.groups
    claims |= {"iss": issuer, "version": 2, "client_id": client.id}
    if client.enable_token_revocation:
        claims["origin_jti"] = chain.origin_jti
    if chain.resource:
        claims["aud"] = chain.resource
    return claims | {
        "event_id": chain.event_id, "token_use": "access",
        "scope": " ".join(chain.scopes), "auth_time": chain.auth_time,
        "exp": now + life, "iat": now, "jti": str(uuid.uuid4()),
        "username": user.username}


def machine_token(client: Client, scopes: list[str], issuer: str,
                  now: int, life: int) -> dict:
    return {"sub": client.id, "token_use": "access",
            "scope": " ".join(scopes), "auth_time": now, "iss": issuer,
            "exp": now + life, "iat": now, "version": 2,
            "jti": str(uuid.uuid4()), "client_id": client.id}


def userinfo(user: User, client: Client, chain: Chain) -> dict:
    """Strings only, booleans and `identities` included."""
    found = {"sub": user.sub}
    if user.identity_provider:
        found["identities"] = json.dumps(user.identities(),
                                         separators=(",", ":"))
    found |= {name: text_of(value)
              for name, value in visible(user, client, chain).items()}
    return found | {"username": user.username}
