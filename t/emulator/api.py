# SPDX-License-Identifier: Apache-2.0
"""The JSON API at POST /: its operations and errors."""

import json
import uuid

from aiohttp import web

from .api_sign_in import SignIn
from .api_tokens import TokenOperations
from .jwt import compact
from .pool import Pool
from .sign_in import SignInError

CONTENT_TYPES = ("application/x-amz-json-1.1", "application/x-amz-json-1.0")
TARGET = "AWSCognitoIdentityProviderService."


def _answer(body: dict, error: SignInError | None = None) -> web.Response:
    headers = {"Content-Type": CONTENT_TYPES[0],
               "x-amzn-RequestId": str(uuid.uuid4())}
    if error is not None:  # the headers' form is not confirmed
        headers["x-amzn-ErrorType"] = f"{error.kind}:"
        headers["x-amzn-ErrorMessage"] = error.message
    return web.Response(body=compact(body).encode(), headers=headers,
                        status=400 if error else 200)


async def _body(request: web.Request) -> dict:
    if request.content_type not in CONTENT_TYPES:
        raise SignInError("UnknownOperationException", "")
    try:
        given = json.loads(await request.read())
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise SignInError("SerializationException", "")
    return given


def add_routes(app: web.Application, pool: Pool) -> None:
    sign_in, held = SignIn(pool), TokenOperations(pool)
    operations = {
        "InitiateAuth": sign_in.initiate_auth,
        "RespondToAuthChallenge": sign_in.respond_to_auth_challenge,
        "GetUser": held.get_user,
        "GlobalSignOut": held.global_sign_out,
        "RevokeToken": held.revoke_token,
        "GetTokensFromRefreshToken": held.get_tokens_from_refresh_token,
        "GetClientToken": held.get_client_token}

    async def post(request: web.Request):
        target = request.headers.get("X-Amz-Target", "")
        operation = operations.get(target.removeprefix(TARGET))
        try:
            if operation is None or not target.startswith(TARGET):
                raise SignInError("UnknownOperationException", "")
            return _answer(operation(await _body(request)))
        except SignInError as error:
            return _answer({"__type": error.kind, "message": error.message},
                           error)

    app.router.add_post("/", post)
