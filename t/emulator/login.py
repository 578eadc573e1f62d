# SPDX-License-Identifier: Apache-2.0
"""The login page: its form, its submission, the session."""

from aiohttp import web

from . import authorization_request as rules
from . import pages
from .authorization_request import PageError, RedirectError
from .authorize import granted, refused, set_cookie
from .model import User
from .pool import Pool
from .recorder import parse_form, raw_query
from .sign_in import SignInError, check_password, set_password
from .store import Challenge, Session


class Login:
    def __init__(self, pool: Pool):
        self.pool = pool

    async def show(self, request: web.Request) -> web.Response:
        return self._checked(request, self._show)

    async def submit(self, request: web.Request) -> web.Response:
        return self._checked(request, self._submit)

    async def submit_password(self, request: web.Request) -> web.Response:
        return self._checked(request, self._submit_password)

    def _checked(self, request: web.Request, then) -> web.Response:
        """The parameters of authorize are judged at every step again."""
        given = parse_form(raw_query(request))
        if "client_id" not in given:
            return pages.error("Missing required parameter client_id in"
                               " request URL")
        try:
            target = rules.target(self.pool, given)
        except PageError as error:
            return pages.error(str(error))
        try:
            wanted = rules.check(self.pool, target.client, given)
        except RedirectError as error:
            return refused(self.pool, target, error)
        return then(request, given, target, wanted)

    def _show(self, request, given, target, wanted) -> web.Response:
        name = given.get("auto_login", self.pool.settings.auto_login)
        provider = given.get("identity_provider", "COGNITO")
        if name is not None:
            user = self.pool.user(name)
            if user is None:
                return pages.error(f"no user {name}")
            return self._signed_in(user, target, wanted)
        if provider != "COGNITO":
            return self._federated(provider, target, wanted)
        csrf = self.pool.store.open_login_page(
            request.cookies.get("XSRF-TOKEN"))
        response = self._page(request, csrf, given.get("login_hint", ""))
        set_cookie(self.pool, response, "XSRF-TOKEN", csrf)
        return response

    def _federated(self, provider: str, target, wanted) -> web.Response:
        """The other provider is not shown: its first user has signed in."""
        for user in self.pool.config.users.values():
            if user.identity_provider == provider:
                return self._signed_in(user, target, wanted)
        return refused(self.pool, target, RedirectError(
            "invalid_request", f"no identity provider {provider}"))

    def _page(self, request, csrf: str, hint: str,
              error: str | None = None) -> web.Response:
        users = list(self.pool.config.users.values())
        return pages.login(f"/login?{raw_query(request)}", csrf, users, hint,
                           error)

    def _stale(self, request: web.Request) -> bool:
        """The page's token must be the cookie's, and 5 minutes old at most."""
        csrf = request["form"].get("_csrf", "")
        shown = self.pool.store.login_pages.get(csrf)
        limit = self.pool.settings.login_validity
        return (shown is None or csrf != request.cookies.get("XSRF-TOKEN")
                or shown + limit < self.pool.clock.now())

    def _submit(self, request, given, target, wanted) -> web.Response:
        if self._stale(request):
            return pages.error("Something went wrong")
        form = request["form"]
        name = form.get("username", "")
        try:
            user = check_password(self.pool, name, form.get("password", ""))
        except SignInError as error:
            return self._page(request, form["_csrf"], name, error.message)
        if user.status != "FORCE_CHANGE_PASSWORD":
            return self._signed_in(user, target, wanted)
        session = self.pool.store.add_challenge(Challenge(
            "NEW_PASSWORD_REQUIRED", user.username, target.client.id,
            self.pool.clock.now() + self.pool.settings.login_validity))
        return self._password_page(request, session, user)

    def _password_page(self, request, session: str, user: User,
                       error: str | None = None) -> web.Response:
        return pages.new_password(
            f"/changePassword?{raw_query(request)}",
            request["form"]["_csrf"], session, user.username, error)

    def _submit_password(self, request, given, target, wanted):
        session = request["form"].get("session", "")
        challenge = self.pool.store.challenges.get(session)
        if self._stale(request) or challenge is None:
            return pages.error("Something went wrong")
        user = self.pool.user(challenge.username)
        try:
            set_password(user, request["form"].get("new_password", ""))
        except SignInError as error:
            return self._password_page(request, session, user, error.message)
        del self.pool.store.challenges[session]
        return self._signed_in(user, target, wanted)

    def _signed_in(self, user: User, target, wanted) -> web.Response:
        now, life = self.pool.clock.now(), self.pool.settings.session_validity
        session = Session(user.username, int(now), now + life)
        response = granted(self.pool, target, wanted, session)
        response.set_cookie(
            "cognito", self.pool.store.add_session(session), path="/",
            max_age=life, secure=self.pool.secure, httponly=True,
            samesite="Lax")
        return response


def add_routes(app: web.Application, pool: Pool) -> None:
    login = Login(pool)
    app.router.add_get("/login", login.show, allow_head=False)
    app.router.add_post("/login", login.submit)
    app.router.add_post("/changePassword", login.submit_password)
