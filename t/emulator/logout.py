# SPDX-License-Identifier: Apache-2.0
"""/logout, which is not the RP-initiated logout of OpenID Connect."""

from urllib.parse import urlencode

from aiohttp import web

from . import pages
from .authorize import redirect
from .pool import Pool
from .recorder import parse_form, raw_query


def _error_page(pool: Pool, text: str) -> web.Response:
    return redirect(f"{pool.domain_url}/error?{urlencode({'error': text})}")


def _missing(name: str) -> str:
    return f"Required String parameter '{name}' is not present"


def destination(pool: Pool, given: dict, query: str) -> web.Response:
    if "client_id" not in given:
        if pool.settings.login == "managed" and "id_token_hint" in given:
            return redirect(f"{pool.domain_url}/login?{query}")
        return _error_page(pool, _missing("client_id"))
    client = pool.client(given["client_id"])
    if client is None:
        return _error_page(pool, "Client does not exist")
    if "logout_uri" in given:
        if given["logout_uri"] not in client.logout_urls:
            return _error_page(pool, "Invalid logout_uri")
        return redirect(given["logout_uri"])
    for name in ("redirect_uri", "response_type"):
        if name not in given:
            return _error_page(pool, _missing(name))
    if given["redirect_uri"] not in client.callback_urls:
        return _error_page(pool, "redirect_mismatch")
    names = ("client_id", "redirect_uri", "response_type", "scope", "state",
             "nonce")
    again = {name: given[name] for name in names if name in given}
    return redirect(f"{pool.domain_url}/login?{urlencode(again)}")


def add_routes(app: web.Application, pool: Pool) -> None:
    async def logout(request: web.Request):
        """The session ends whatever becomes of the parameters."""
        pool.store.sessions.pop(request.cookies.get("cognito", ""), None)
        query = raw_query(request)
        response = destination(pool, parse_form(query), query)
        response.del_cookie("cognito", path="/")
        return response

    async def error(request: web.Request):
        given = parse_form(raw_query(request))
        return pages.error(given.get("error", "Something went wrong"))

    app.router.add_get("/logout", logout, allow_head=False)
    app.router.add_get("/error", error, allow_head=False)
