# SPDX-License-Identifier: Apache-2.0
"""POST /oauth2/token: client authentication and the three grants."""

import base64
import hashlib
import hmac
import json
import uuid

from aiohttp import web

from . import tokens
from .claims import unreadable
from .front import FORM
from .model import Client
from .pool import Pool
from .recorder import basic_credentials
from .store import Code

HEADERS = {
    "Content-Type": "application/json;charset=UTF-8",
    "Access-Control-Allow-Origin": "*",
    "Cache-Control": "no-cache, no-store, max-age=0, must-revalidate",
    "Pragma": "no-cache", "Expires": "0",
    "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
    "X-XSS-Protection": "1; mode=block",
    "Strict-Transport-Security": "max-age=31536000 ; includeSubDomains"}


class OAuthError(Exception):
    """RFC 6749 5.2, with Cognito's habits."""

    def __init__(self, error: str, description: str | None = None):
        super().__init__(error)
        self.body = {"error": error}
        if description:
            self.body["error_description"] = description


def authenticate(pool: Pool, request: web.Request) -> Client:
    """client_secret_basic, client_secret_post or none; OAuthError."""
    form = request["form"]
    client_id, secret = form.get("client_id"), form.get("client_secret")
    header = request.headers.get("Authorization")
    if header is not None:
        basic = basic_credentials(header)
        if basic is None:
            raise OAuthError("invalid_client")
        if client_id not in (None, basic[0]):
            raise OAuthError("invalid_request",
                             "client_id differs from Authorization")
        client_id, secret = basic[0], basic[1] or None
    if client_id is None:
        raise OAuthError("invalid_request", "client_id is missing")
    client = pool.client(client_id)
    if client is None:
        raise OAuthError("invalid_client")
    good = client.knows_secret(secret or "") if client.secret else not secret
    if not good:
        raise OAuthError("invalid_client")
    return client


def required(form: dict, name: str) -> str:
    if not form.get(name):
        raise OAuthError("invalid_request", f"{name} is missing")
    return form[name]


class TokenEndpoint:
    def __init__(self, pool: Pool):
        self.pool = pool

    async def post(self, request: web.Request) -> web.Response:
        if request.content_type == "application/json":
            return self._answer({"error": "invalid_request"}, 400)
        if request.content_type != FORM:
            return web.Response(status=405)
        try:
            return self._answer(self._grant(request), 200)
        except OAuthError as error:
            wrong_client = error.body["error"] == "invalid_client"
            status = self.pool.settings.invalid_client_status \
                if wrong_client else 400
            return self._answer(error.body, status)

    def _answer(self, body: dict, status: int) -> web.Response:
        response = web.Response(body=json.dumps(
            body, separators=(",", ":")).encode(), status=status,
            headers=HEADERS)
        response.set_cookie("XSRF-TOKEN", str(uuid.uuid4()), path="/",
                            secure=True, httponly=True, samesite="Lax")
        return response

    def _grant(self, request: web.Request) -> dict:
        form = request["form"]
        grants = {"authorization_code": self._authorization_code,
                  "refresh_token": self._refresh_token,
                  "client_credentials": self._client_credentials}
        grant_type = required(form, "grant_type")
        if grant_type not in grants:
            raise OAuthError("unsupported_grant_type")
        client = authenticate(self.pool, request)
        made = grants[grant_type](client, form)
        optional = {"id_token": made.id, "refresh_token": made.refresh}
        body = {name: text for name, text in optional.items() if text}
        return body | {"access_token": made.access,
                       "expires_in": made.expires_in,
                       "token_type": "Bearer"}

    def _authorization_code(self, client: Client, form: dict):
        text = required(form, "code")
        redirect_uri = required(form, "redirect_uri")
        if "code" not in client.allowed_oauth_flows:
            raise OAuthError("unauthorized_client")
        code = self.pool.store.codes.get(text)
        if code is None or code.chain.client_id != client.id \
                or code.expires <= self.pool.clock.now():
            raise OAuthError("invalid_grant")
        if redirect_uri != code.redirect_uri:
            raise OAuthError("unauthorized_client", "invalid_redirect")
        self._check_verifier(code, form.get("code_verifier"))
        if unreadable(client, code.chain.scopes):
            raise OAuthError("invalid_grant")
        if self.pool.user(code.chain.username) is None:
            raise OAuthError("invalid_grant")
        del self.pool.store.codes[text]
        return tokens.first_issue(self.pool, code.chain)

    def _check_verifier(self, code: Code, verifier: str | None) -> None:
        """RFC 7636 4.6; a verifier nobody asked for is refused too."""
        if code.code_challenge is None and verifier is None:
            return
        digest = hashlib.sha256((verifier or "").encode()).digest()
        found = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if not hmac.compare_digest(found, code.code_challenge or ""):
            raise OAuthError("invalid_grant")

    def _refresh_token(self, client: Client, form: dict):
        text = required(form, "refresh_token")
        if not {"code", "implicit"} & set(client.allowed_oauth_flows):
            raise OAuthError("unauthorized_client")
        try:
            return tokens.refresh(self.pool, client, text)
        except tokens.TokenError as error:
            raise OAuthError("invalid_grant") from error

    def _client_credentials(self, client: Client, form: dict):
        if "client_credentials" not in client.allowed_oauth_flows:
            raise OAuthError("unauthorized_client")
        self._check_metadata(form.get("aws_client_metadata"))
        asked = form.get("scope", "").split()
        strange = set(asked) - set(client.allowed_oauth_scopes)
        scopes = tokens.machine_scopes(self.pool, client, asked)
        refuse = self.pool.settings.m2m_unassigned_scope == "error"
        if not scopes or (strange and refuse):
            raise OAuthError("invalid_scope")
        return tokens.issue_machine(self.pool, client, scopes)

    def _check_metadata(self, text: str | None) -> None:
        try:
            if text is not None and not isinstance(json.loads(text), dict):
                raise ValueError("not an object")
        except ValueError as error:
            raise OAuthError("invalid_request",
                             "aws_client_metadata") from error


def add_routes(app: web.Application, pool: Pool) -> None:
    app.router.add_post("/oauth2/token", TokenEndpoint(pool).post)
