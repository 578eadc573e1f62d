# SPDX-License-Identifier: Apache-2.0
"""The discovery document in its variants, and the JWKS."""

from aiohttp import web

from .jwt import compact
from .pool import Pool

BAD_REQUEST = {
    "code": "BadRequest",
    "message": "The server did not understand the operation that was"
               " requested.",
    "type": "client"}


def document(pool: Pool, issuer: str) -> dict:
    """As captured from real pools; the keys are in alphabetical order."""
    variant = pool.settings.discovery
    base = issuer if variant == "no_domain" else f"{pool.domain_url}/oauth2"
    found = {
        "authorization_endpoint": f"{base}/authorize",
        "end_session_endpoint": f"{pool.domain_url}/logout",
        "id_token_signing_alg_values_supported": ["RS256"],
        "issuer": issuer,
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "response_types_supported": ["code", "token"],
        "revocation_endpoint": f"{base}/revoke",
        "scopes_supported": ["openid", "email", "phone", "profile"],
        "subject_types_supported": ["public"],
        "token_endpoint": f"{base}/token",
        "token_endpoint_auth_methods_supported": [
            "client_secret_basic", "client_secret_post"],
        "userinfo_endpoint": f"{base}/userInfo"}
    if variant != "current":
        del found["end_session_endpoint"], found["revocation_endpoint"]
    return found


def add_routes(app: web.Application, pool: Pool) -> None:
    async def openid_configuration(request: web.Request):
        """Each of the two issuers names itself, told apart by Host."""
        updated = pool.updated_url.partition("://")[2]
        issuer = pool.updated_issuer if request.host == updated \
            else pool.original_issuer
        return _json(document(pool, issuer))

    async def jwks(request: web.Request):
        return _json(pool.keys.jwks())

    async def unknown(request: web.Request):
        return web.json_response(BAD_REQUEST, status=400)

    base = f"/{pool.id}/.well-known"
    app.router.add_get(f"{base}/openid-configuration", openid_configuration)
    app.router.add_get(f"{base}/jwks.json", jwks)
    app.router.add_route("*", "/{tail:.*}", unknown)


def _json(value: dict) -> web.Response:
    return web.Response(body=compact(value).encode(),
                        content_type="application/json")
