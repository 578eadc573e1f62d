# SPDX-License-Identifier: Apache-2.0
"""POST /oauth2/revoke, for refresh tokens only."""

import json

from aiohttp import web

from . import tokens
from .pool import Pool
from .token_endpoint import HEADERS, OAuthError, authenticate, required


def _error(error: str, status: int) -> web.Response:
    return web.Response(text=json.dumps({"error": error}), status=status,
                        headers=HEADERS)


def add_routes(app: web.Application, pool: Pool) -> None:
    async def revoke(request: web.Request):
        try:
            token = required(request["form"], "token")
            client = authenticate(pool, request)
        except OAuthError as error:
            word = error.body["error"]
            return _error(word, 401 if word == "invalid_client" else 400)
        if not client.enable_token_revocation:
            return _error("invalid_request", 400)
        if token.count(".") == 2:  # an ID or access token
            return _error("unsupported_token_type", 400)
        if not tokens.revoke(pool, client, token):
            return _error("invalid_request", 400)
        return web.Response(headers={"Access-Control-Allow-Origin": "*"})

    app.router.add_post("/oauth2/revoke", revoke)
