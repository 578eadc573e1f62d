# SPDX-License-Identifier: Apache-2.0
"""What the provider says to our client: PKCE, redirect URI, scope, secret,
logout. Nobody is logged in or out, and no code is used up."""

import base64
import hashlib
import re
import secrets
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit

from .report import FAULT, NOTE, OK, UNKNOWN, error_word, shown

# Nobody can have registered it (RFC 2606).
ELSEWHERE = "https://nginx-auth-oidc-check.invalid/callback"
FORM = {"Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json"}
CORE = {"response_type", "response_mode", "client_id", "redirect_uri",
        "scope", "state", "nonce", "code_challenge",
        "code_challenge_method", "request", "request_uri"}
# Pages that say so with 200.
REFUSED_PAGE = re.compile(rb"redirect_mismatch|redirect_uri_mismatch|"
                          rb"AADSTS50011|AADSTS700016", re.I)
CLIENT_PAGE = re.compile(rb"client does not exist|client not found|"
                         rb"invalid_client|unauthorized_client|"
                         rb"AADSTS700016", re.I)
# What is no fault: without a question nobody can be logged in.
ASKS = {"login_required", "interaction_required", "consent_required",
        "account_selection_required"}


def with_query(url, query):
    return url + ("&" if "?" in url else "?") + query


def query_of(url):
    try:
        return dict(parse_qsl(urlsplit(url).query))
    except ValueError:
        return {}


def is_error_page(answer):
    """A refusal that does not go back to us: a page, or a way to one."""
    if answer.status >= 400:
        return True
    place = answer.headers.get("Location", "")
    if answer.status in (301, 302, 303, 307):
        given = query_of(place)
        path = place.partition("?")[0].rstrip("/")
        return path.endswith("/error") or "error" in given or \
            "authError" in given
    return bool(REFUSED_PAGE.search(answer.body))


def alike(one, other):
    """Whether two answers are of a kind, so that they tell nothing."""
    def kind(answer):
        return answer.status, \
            answer.headers.get("Location", "").partition("?")[0]
    return kind(one) == kind(other)


class ClientChecks:
    def __init__(self, checks):
        self.checks, self.provider = checks, checks.provider
        self.say, self.ask = checks.say, checks.ask
        self.verifier = secrets.token_urlsafe(32)

    def run(self):
        self._pkce()
        self._logins()
        self._secrets()
        if self.provider.logs_out:
            self._logouts()

    # --- login --------------------------------------------------------------

    def _pkce(self):
        listed = self.checks.metadata.get("code_challenge_methods_supported")
        if not self.provider.is_on("pkce", "on"):
            self.say("pkce", NOTE, "pkce is off",
                     "set pkce on, if the provider allows it")
        elif isinstance(listed, list) and "S256" not in listed:
            self.say("pkce", FAULT, "the metadata lists "
                     f"{shown(' '.join(map(str, listed)) or 'no method')}, "
                     "not S256", "enable S256 at the provider; or set pkce "
                     "off if it rejects logins")
        else:
            self.say("pkce", OK, "S256" + (
                "" if listed else " is sent, which the metadata does not "
                "mention"))

    def _authorization(self, url, redirect_uri):
        given = {"response_type": "code", "client_id": self.provider.client_id,
                 "redirect_uri": redirect_uri,
                 "scope": " ".join(self.provider.block.values_of("scope"))
                 or "openid", "state": secrets.token_urlsafe(16),
                 "nonce": secrets.token_urlsafe(16)}
        if self.provider.is_on("pkce", "on"):
            digest = hashlib.sha256(self.verifier.encode()).digest()
            given["code_challenge"] = base64.urlsafe_b64encode(
                digest).rstrip(b"=").decode()
            given["code_challenge_method"] = "S256"
        extra = self.provider.block.value("extra_auth_args")
        given |= {name: value for name, value in parse_qsl(extra)
                  if name not in CORE and "$" not in value}
        return with_query(url, urlencode(given))

    def _logins(self):
        url = self.checks.endpoint("authorization_endpoint")
        if not url:
            return
        uris = self.provider.redirect_uris()
        if not uris:
            self.say("redirect_uri", UNKNOWN, "the configuration does not "
                     "say under which address clients reach it",
                     "set base_url, server_name, or pass --url")
            return
        answers = [(uri, self.ask(self._authorization(url, uri)))
                   for uri in dict.fromkeys(uris)]
        control = None
        if all(answer for _, answer in answers):
            control = self.ask(self._authorization(url, ELSEWHERE))
        if control:
            for uri, answer in answers:
                self._judge_login(uri, answer, control)

    def _judge_login(self, uri, answer, control):
        place = answer.headers.get("Location", "")
        if answer.status < 400 and place.startswith(uri):
            error = query_of(place).get("error")
            if error and error not in ASKS:
                self.say("login", FAULT, "the provider refuses the login "
                         f"request: {error_word(error)}",
                         "check scope, extra_auth_args, pkce and the flows "
                         "that the client may use")
                return
            self.say("redirect_uri", OK, f"{uri} is registered")
        elif answer.status >= 500 or answer.status == 429:
            self.say("redirect_uri", UNKNOWN, "the authorization endpoint "
                     f"answers {answer.status}", "try again later")
        elif CLIENT_PAGE.search(answer.body) or query_of(place).get(
                "error") in ("unauthorized_client", "invalid_client"):
            self.say("client_id", FAULT, "the provider does not know the "
                     f"client {shown(self.provider.client_id)}, or it may "
                     "not log in", "compare client_id with the provider's")
        elif is_error_page(answer):
            self.say("redirect_uri", FAULT, f"{uri} is refused",
                     "register it at the provider, letter by letter; if "
                     "clients use another address, set base_url")
        elif alike(answer, control) and not is_error_page(control):
            self.say("redirect_uri", UNKNOWN, "the provider answers alike "
                     "to an address that nobody has registered",
                     f"check that {uri} is registered")
        else:
            self.say("redirect_uri", OK, f"{uri} is registered")

    # --- the secret ---------------------------------------------------------

    def _method(self, secret):
        """basic, post or none, as the module chooses."""
        own = self.provider.block.value("client_auth_method")
        if not secret or own == "none":
            return "none"
        listed = self.checks.metadata.get(
            "token_endpoint_auth_methods_supported")
        if own or not isinstance(listed, list):
            return own or "basic"
        return "post" if "client_secret_post" in listed and \
            "client_secret_basic" not in listed else "basic"

    def _secrets(self):
        url = self.checks.endpoint("token_endpoint")
        if not url:
            return
        try:
            found = self.provider.secrets(self.checks.place)
        except OSError as error:
            self.say("secret", UNKNOWN, "client_secret_file cannot be read: "
                     f"{error.strerror}", "run it as root")
            return
        for secret in found:
            self.checks.report.hide(secret)
        told = [self._tried(url, secret) for secret in found or [""]]
        self._judge_secrets([one for one in told if one is not None],
                            bool(found))

    def _tried(self, url, secret):
        """The error word for a code that nobody has issued."""
        form = {"grant_type": "authorization_code",
                "code": secrets.token_urlsafe(16),
                "redirect_uri": next(iter(self.provider.redirect_uris()),
                                     ELSEWHERE)}
        if self.provider.is_on("pkce", "on"):
            form["code_verifier"] = self.verifier
        headers, method = dict(FORM), self._method(secret)
        if method == "basic":
            pair = f"{quote_plus(self.provider.client_id)}:" \
                f"{quote_plus(secret)}"
            headers["Authorization"] = "Basic " + base64.b64encode(
                pair.encode()).decode()
        else:
            form["client_id"] = self.provider.client_id
        if method == "post":
            form["client_secret"] = secret
        answer = self.ask(url, urlencode(form).encode(), headers)
        if answer is None:
            return None
        word = (answer.json() or {}).get("error")
        return "invalid_client" if answer.status == 401 and not word else \
            error_word(word) if word else f"status {answer.status}"

    def _judge_secrets(self, told, has_secret):
        which = "secret" if has_secret else "client without a secret"
        good = [word for word in told if word == "invalid_grant"]
        if not told:
            return
        if good and len(good) < len(told):
            self.say("secret", NOTE, "one of two secrets is accepted",
                     "remove the other one after the replacement")
        elif good:
            self.say("secret", OK, f"the {which} is accepted")
        elif "invalid_client" in told:
            self.say("secret", FAULT, f"the {which} is refused: "
                     "invalid_client", "copy the secret of this client_id "
                     "from the provider; and compare client_auth_method")
        elif "unauthorized_client" in told:
            self.say("secret", FAULT, "the client may not exchange codes: "
                     "unauthorized_client",
                     "allow the authorization code flow at the provider")
        else:
            self.say("secret", UNKNOWN, "the token endpoint answers "
                     f"{told[0]} to a made-up code, which tells nothing")

    # --- logout -------------------------------------------------------------

    def _logouts(self):
        url = self.checks.endpoint("end_session_endpoint")
        back = self.provider.block.value(
            "post_logout_uri", "/" if self.provider.is_cognito else "")
        if not url or not back:
            if url:
                self.say("logout", NOTE, "users stay at the provider's page",
                         "set post_logout_uri to bring them back")
            return
        uris = self.provider.absolute(back)
        if not uris:
            self.say("logout", UNKNOWN, "the address after the logout is not "
                     "known", "set base_url, server_name, or pass --url")
        name = "logout_uri" if self.provider.is_cognito else \
            "post_logout_redirect_uri"
        for uri in uris:
            answer = self.ask(with_query(url, urlencode(
                {"client_id": self.provider.client_id, name: uri})))
            if answer is None:
                return
            if answer.status >= 500 or answer.status == 429:
                self.say("logout", UNKNOWN, "the logout endpoint answers "
                         f"{answer.status}", "try again later")
            elif is_error_page(answer):
                self.say("logout", FAULT, f"{uri} is refused after a logout",
                         "register it at the provider as a sign-out "
                         "(post-logout) address")
            else:
                self.say("logout", OK, f"{uri} is accepted")
