# SPDX-License-Identifier: Apache-2.0
"""/oauth2/authorize: errors, single sign-on, the redirect to /login."""

import secrets

from aiohttp import web

from . import authorization_request as rules
from . import pages, tokens
from .authorization_request import (AuthorizationRequest, PageError,
                                    RedirectError, Target)
from .pool import Pool
from .recorder import parse_form, raw_query
from .store import Chain, Code, Session


def redirect(url: str) -> web.Response:
    return web.Response(status=302, headers={
        "Location": url, "Cache-Control": "no-store"})


def set_cookie(pool: Pool, response: web.Response, name: str,
               value: str) -> None:
    response.set_cookie(name, value, path="/", secure=pool.secure,
                        httponly=True, samesite="Lax")


def refused(pool: Pool, target: Target, error: RedirectError):
    parameters = {"error": error.error}
    if error.description:
        parameters["error_description"] = error.description
    return redirect(target.url(parameters, pool.settings.error_state))


def granted(pool: Pool, target: Target, wanted: AuthorizationRequest,
            session: Session) -> web.Response:
    """302 to the client with a code, or with tokens in the fragment."""
    user = pool.user(session.username)
    nonce = wanted.nonce
    if nonce is None and user.identity_provider:
        nonce = secrets.token_urlsafe(32)  # Cognito's own, Q16
    chain = Chain(target.client.id, user.username, wanted.scopes,
                  session.auth_time, nonce, wanted.resource)
    if wanted.response_type == "token":
        return redirect(target.url(_implicit(pool, chain)))
    code = pool.store.add_code(Code(
        chain, target.redirect_uri,
        pool.clock.now() + pool.settings.code_validity,
        wanted.code_challenge))
    return redirect(target.url({"code": code}))


def _implicit(pool: Pool, chain: Chain) -> dict:
    made = tokens.issue(pool, pool.store.add_chain(chain), chain.nonce)
    found = {"id_token": made.id} if made.id else {}
    return found | {"access_token": made.access,
                    "expires_in": made.expires_in, "token_type": "Bearer"}


def add_routes(app: web.Application, pool: Pool) -> None:
    async def authorize(request: web.Request):
        query = raw_query(request)
        given = parse_form(query)
        try:
            target = rules.target(pool, given)
        except PageError as error:
            return pages.error(str(error))
        try:
            wanted = rules.check(pool, target.client, given)
            session = pool.store.session(request.cookies.get("cognito"))
            return _next(target, wanted, session, given, query,
                         request.cookies.get("XSRF-TOKEN"))
        except RedirectError as error:
            return refused(pool, target, error)

    def _next(target: Target, wanted: AuthorizationRequest,
              session: Session | None, given: dict, query: str,
              csrf: str | None):
        again = "login" in wanted.prompts or "auto_login" in given
        if session and pool.user(session.username) and not again:
            return granted(pool, target, wanted, session)
        if "none" in wanted.prompts:
            raise RedirectError("login_required")
        hop = redirect(f"{pool.domain_url}/login?{query}")
        set_cookie(pool, hop, "XSRF-TOKEN",
                   pool.store.open_login_page(csrf))
        set_cookie(pool, hop, "csrf-state", secrets.token_urlsafe(24))
        return hop

    app.router.add_get("/oauth2/authorize", authorize, allow_head=False)
