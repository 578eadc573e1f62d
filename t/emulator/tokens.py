# SPDX-License-Identifier: Apache-2.0
"""Issues, refreshes and recognizes the tokens of the pool."""

from dataclasses import dataclass

from . import claims as shapes
from . import jwt
from .model import Client, User
from .pool import Pool
from .store import Chain, RefreshToken


@dataclass
class TokenSet:
    access: str
    id: str | None
    expires_in: int
    refresh: str | None = None


class TokenError(Exception):
    """Why a token is not accepted: unknown, revoked, expired or reused."""

    def __init__(self, why: str):
        super().__init__(why)
        self.why = why


def issue(pool: Pool, chain: Chain, nonce: str | None = None) -> TokenSet:
    """ID and access token of a chain; the ID token needs `openid`."""
    user, client = pool.user(chain.username), pool.client(chain.client_id)
    now, settings = pool.clock.seconds(), pool.settings
    common = (user, client, chain, pool.issuer, now)
    access = jwt.write(
        pool.keys, "access",
        shapes.access_token(*common, settings.access_token_validity),
        pool.tamper.take("access"))
    made = TokenSet(access, None, settings.access_token_validity)
    pool.store.issued.append(access)
    if not chain.oauth or "openid" in chain.scopes:
        claims = shapes.id_token(*common, settings.id_token_validity)
        claims = _bind(claims, chain, access, nonce)
        made.id = jwt.write(pool.keys, "id", claims, pool.tamper.take("id"))
        pool.store.issued.append(made.id)
    return made


def _bind(claims: dict, chain: Chain, access: str, nonce: str | None):
    if not chain.oauth:
        return claims
    bound = {"at_hash": jwt.at_hash(access), **claims}
    if nonce is not None:
        bound["nonce"] = nonce
    return bound


def first_issue(pool: Pool, chain: Chain) -> TokenSet:
    """A sign-in's first tokens, the refresh token with them."""
    pool.store.add_chain(chain)
    made = issue(pool, chain, chain.nonce)
    life = pool.settings.refresh_token_validity
    made.refresh = pool.store.add_refresh_token(
        chain, pool.clock.now() + life)
    return made


def refresh(pool: Pool, client: Client, text: str) -> TokenSet:
    """Rotates if the pool does so; raises TokenError."""
    token = _usable(pool, client, text)
    chain = token.chain
    keep = pool.settings.nonce_after_refresh
    made = issue(pool, chain, chain.nonce if keep else None)
    if pool.settings.rotation:
        if token.retired is None:
            token.retired = pool.clock.now()
        made.refresh = pool.store.add_refresh_token(chain, token.expires)
    return made


def _usable(pool: Pool, client: Client, text: str) -> RefreshToken:
    token = pool.store.refresh_tokens.get(text)
    if token is None or token.chain.client_id != client.id:
        raise TokenError("unknown")
    now = pool.clock.now()
    user = pool.user(token.chain.username)
    if token.chain.revoked or user is None or not user.enabled:
        raise TokenError("revoked")
    if token.expires <= now:
        raise TokenError("expired")
    grace = pool.settings.retry_grace_period_seconds
    if token.retired is not None and token.retired + grace <= now:
        raise TokenError("reused")
    return token


def issue_machine(pool: Pool, client: Client, scopes: list[str]) -> TokenSet:
    life = pool.settings.access_token_validity
    claims = shapes.machine_token(client, scopes, pool.issuer,
                                  pool.clock.seconds(), life)
    text = jwt.write(pool.keys, "access", claims, pool.tamper.take("m2m"))
    pool.store.issued.append(text)
    return TokenSet(text, None, life)


def machine_scopes(pool: Pool, client: Client,
                   asked: list[str]) -> list[str]:
    """None asked for means all; scopes of no resource server are dropped."""
    active = pool.custom_scopes()
    mine = [scope for scope in client.allowed_oauth_scopes
            if scope in active]
    return [scope for scope in mine if not asked or scope in asked]


def check_access_token(pool: Pool, text: str) -> tuple[User, Client, Chain]:
    """As Cognito's own APIs judge a user's token; raises TokenError."""
    claims = jwt.read(pool.keys, text)
    issuers = (pool.original_issuer, pool.updated_issuer)
    if claims is None or claims.get("token_use") != "access" \
            or claims.get("iss") not in issuers:
        raise TokenError("unknown")
    user = pool.config.users.get(claims.get("username", ""))
    client = pool.client(claims.get("client_id"))
    if user is None or client is None:
        raise TokenError("unknown")
    if claims.get("exp", 0) <= pool.clock.now():
        raise TokenError("expired")
    chain = pool.store.chains.get(claims.get("origin_jti", ""))
    if not user.enabled or (chain is not None and chain.revoked):
        raise TokenError("revoked")
    scopes = claims.get("scope", "").split()
    return user, client, Chain(client.id, user.username, scopes,
                               claims.get("auth_time", 0))


def revoke(pool: Pool, client: Client, text: str) -> bool:
    """False when it is a refresh token of another client."""
    token = pool.store.refresh_tokens.get(text)
    if token is None:
        return True
    if token.chain.client_id != client.id:
        return False
    token.chain.revoked = True
    return True
