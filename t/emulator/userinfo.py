# SPDX-License-Identifier: Apache-2.0
"""/oauth2/userInfo and its unusual errors."""

import json

from aiohttp import web

from . import claims, tokens
from .pool import Pool

GONE = ("Access token is expired, disabled, or deleted, or the user has"
        " globally signed out.")


def _refused(status: int, error: str, description: str) -> web.Response:
    """No body, and no scheme word in front of the parameters."""
    return web.Response(status=status, headers={
        "WWW-Authenticate":
            f'error="{error}", error_description="{description}"'})


def add_routes(app: web.Application, pool: Pool) -> None:
    async def userinfo(request: web.Request):
        header = request.headers.get("Authorization", "")
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            return _refused(400, "invalid_request",
                            "Bad OAuth2 request at UserInfo Endpoint")
        try:
            user, client, chain = tokens.check_access_token(
                pool, token.strip())
        except tokens.TokenError:
            return _refused(401, "invalid_token", GONE)
        if "openid" not in chain.scopes:
            return _refused(401, "invalid_token",
                            "Access token does not contain openid scope")
        body = json.dumps(claims.userinfo(user, client, chain),
                          ensure_ascii=False, separators=(",", ":"))
        return web.Response(text=body, headers={
            "Content-Type": "application/json;charset=UTF-8",
            "Access-Control-Allow-Origin": "*",
            "Cache-Control": "no-cache, no-store, max-age=0,"
                             " must-revalidate"})

    app.router.add_get("/oauth2/userInfo", userinfo, allow_head=False)
