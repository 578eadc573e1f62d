# SPDX-License-Identifier: Apache-2.0
"""What the provider says of itself: TLS, clock, issuer, endpoints, keys."""

import time
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from .calls import CallError, Caller, tls_context
from .report import FAULT, NOTE, OK, UNKNOWN, shown
from .sites import is_loopback

ENDPOINTS = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint",
             "introspection_endpoint", "revocation_endpoint",
             "end_session_endpoint", "jwks_uri")
SIGNING = ("RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 "
           "EdDSA").split()
CURVES = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}
MAX_KEYS = 64
RSA_BYTES = 256  # of the modulus, at least


def context_of(provider, place):
    """Raises OSError (ssl.SSLError is one)."""
    block = provider.block
    files = [place(value) if value else None for value in
             (block.value("ssl_trusted_certificate"), block.value("ssl_crl"))]
    return tls_context(provider.is_on("ssl_verify", "on"), *files)


def caller_for(provider, place):
    proxy = provider.block.value("proxy")
    return Caller(context_of(provider, place), provider.timeout,
                  None if not proxy else "" if proxy == "off" else proxy)


def difference(one, other):
    """Where two spellings of an issuer part."""
    if one.rstrip("/") == other.rstrip("/"):
        return "one of them ends with a slash"
    if one.lower() == other.lower():
        return "they differ in capital letters"
    same = next((n for n, (a, b) in enumerate(zip(one, other)) if a != b),
                min(len(one), len(other)))
    return f"they differ from the letter {same + 1} on"


def fitting_algs(key):
    """The algorithms that a key of the provider can verify."""
    if key.get("use", "sig") != "sig":
        return set()
    kind = key.get("kty")
    fits = set()
    if kind == "RSA" and len(str(key.get("n", ""))) * 3 // 4 >= RSA_BYTES:
        fits = {alg for alg in SIGNING if alg[:2] in ("RS", "PS")}
    elif kind == "EC":
        fits = {CURVES.get(key.get("crv"))}
    elif kind == "OKP" and key.get("crv") in ("Ed25519", "Ed448"):
        fits = {"EdDSA"}
    return fits & {key["alg"]} if "alg" in key else fits - {None}


class ProviderChecks:
    """Of one provider; `metadata` and `endpoint` are known afterwards."""

    def __init__(self, provider, place, report):
        self.provider, self.place, self.report = provider, place, report
        self.metadata = {}
        self.caller = None
        self.reached = set()  # the hosts that were found right

    def say(self, check, state, text, cure=""):
        self.report.add(self.provider.name, check, state, text, cure)

    def run(self):
        """False if nothing else can be asked."""
        try:
            self.caller = caller_for(self.provider, self.place)
        except OSError as error:
            self.say("tls", FAULT, "ssl_trusted_certificate or ssl_crl "
                     f"cannot be read: {error.strerror or 'no PEM'}",
                     "check the path, who may read it and its format")
            return False
        if not self.provider.is_on("ssl_verify", "on"):
            self.say("tls", NOTE, "ssl_verify is off: anybody can pose as "
                     "the provider", "use it for tests only")
        if self._needs_metadata():
            self._metadata()
        self._endpoints()
        self._keys()
        return True

    def ask(self, url, body=None, headers=None):
        """An answer; None after the reason is in the report."""
        try:
            answer = self.caller.call(url, body, headers)
        except CallError as error:
            self.say(error.check, FAULT, f"{shown(origin(url))}: {error}",
                     error.cure)
            return None
        if origin(url) not in self.reached:
            self.reached.add(origin(url))
            secure = url.startswith("https") and \
                self.provider.is_on("ssl_verify", "on")
            self.say("tls" if secure else "network", OK,
                     f"{shown(origin(url))} answers" +
                     (", its certificate is good" if secure else ""))
        return answer

    # --- metadata -----------------------------------------------------------

    def needed(self):
        """The endpoints without which something fails."""
        block, names = self.provider.block, ["jwks_uri"]
        if self.provider.client_id:
            names += ["authorization_endpoint", "token_endpoint"]
        methods = {word for server in self.provider.servers
                   for one in [*server.block.walk(), *server.http.block]
                   if one.name == "auth_oidc_methods" for word in one.values}
        if block.value("userinfo") == "on" or "userinfo" in methods:
            names.append("userinfo_endpoint")
        if "introspection" in methods:
            names.append("introspection_endpoint")
        if self.provider.logs_out:
            names.append("end_session_endpoint")
        return names

    def _needs_metadata(self):
        return any(not self.provider.block.value(name)
                   for name in self.needed())

    def _metadata(self):
        url = self.provider.config_url
        answer = self.ask(url)
        if answer is None:
            return
        self._clock(answer)
        document = answer.json()
        if answer.status != 200 or document is None:
            what = f"status {answer.status}" if answer.status != 200 \
                else "no JSON object"
            self.say("metadata", FAULT, f"{shown(url)}: {what}",
                     "compare issuer (or the pool's ID) with the provider's; "
                     "config_url says where else the metadata is")
            return
        self.metadata = document
        self._issuer(document.get("issuer"))

    def _clock(self, answer):
        try:
            theirs = parsedate_to_datetime(answer.headers["Date"]).timestamp()
        except (TypeError, ValueError):
            self.say("clock", UNKNOWN, "the provider sends no Date")
            return
        apart = round(theirs - time.time())
        if abs(apart) <= self.provider.leeway:
            self.say("clock", OK, "as the provider's, within leeway")
            return
        way = "ahead of" if apart > 0 else "behind"
        self.say("clock", FAULT, f"the provider's clock is {abs(apart)} s "
                 f"{way} this one, and leeway is "
                 f"{self.provider.leeway:g} s",
                 "synchronize the clock of this machine (NTP)")

    def _issuer(self, theirs):
        ours = self.provider.issuer
        aliases = self.provider.block.values_of("issuer_alias")
        if theirs == ours or theirs in aliases:
            self.say("issuer", OK, shown(theirs))
        elif not isinstance(theirs, str):
            self.say("issuer", FAULT, "the metadata has no issuer",
                     "check issuer and config_url")
        else:
            self.say("issuer", FAULT, f"the metadata says {shown(theirs)}, "
                     f"the configuration {ours}: {difference(ours, theirs)}",
                     f"set issuer {shown(theirs)}; or, if both are right, "
                     "issuer_alias")

    # --- endpoints and keys -------------------------------------------------

    def endpoint(self, name):
        """The address; empty if there is none that can be used."""
        own = self.provider.block.value(name)
        found = own or self.metadata.get(name)
        if not found and name == "end_session_endpoint" and \
                self.provider.is_cognito:
            login = self.endpoint("authorization_endpoint")
            found = login and origin(login) + "/logout"
        return found if isinstance(found, str) and self._is_usable(found) \
            else ""

    def _is_usable(self, url):
        try:
            if not urlsplit(url).hostname:
                return False
        except ValueError:
            return False
        return url.startswith("https://") or (
            url.startswith("http://") and
            (is_loopback(url) or not self.provider.is_on("ssl_verify", "on")))

    def _endpoints(self):
        if self._needs_metadata() and not self.metadata:
            return  # which has been said
        wrong = False
        for name in ENDPOINTS:
            own = self.provider.block.value(name)
            text = own or self.metadata.get(name)
            is_bad = text and self.endpoint(name) != text
            if not is_bad and (self.endpoint(name) or
                               name not in self.needed()):
                continue
            wrong = True
            self.say("endpoints", FAULT, f"{name} " + (
                f"is no https URL: {shown(text)}" if is_bad else
                "is in neither metadata nor configuration"),
                f"correct it at the provider, or set {name}")
        if not wrong:
            self.say("endpoints", OK, "present, and https: " + " ".join(
                name for name in ENDPOINTS if self.endpoint(name)))

    def _keys(self):
        accepted = self.provider.block.values_of("signing_algs") or SIGNING
        if all(alg.startswith("HS") for alg in accepted):
            return
        url = self.endpoint("jwks_uri")
        answer = self.ask(url) if url else None
        if answer is None:
            return
        document = answer.json()
        keys = (document or {}).get("keys")
        if answer.status != 200 or not isinstance(keys, list):
            self.say("keys", FAULT, f"{shown(url)} has no key set",
                     "compare jwks_uri with the provider's documentation")
            return
        if len(keys) > MAX_KEYS:
            self.say("keys", FAULT, f"there are {len(keys)} keys, and "
                     f"{MAX_KEYS} are read", "remove old keys")
        fits = set().union(*(fitting_algs(key) for key in keys
                             if isinstance(key, dict)))
        self._algorithms(set(accepted), fits, len(keys))

    def _algorithms(self, accepted, fits, count):
        listed = self.metadata.get("id_token_signing_alg_values_supported")
        listed = {alg for alg in listed if isinstance(alg, str)} \
            if isinstance(listed, list) else None
        if not fits & accepted:
            self.say("keys", FAULT, f"none of {count} keys can verify "
                     f"{' '.join(sorted(accepted))}",
                     "set signing_algs to what the provider signs with, or "
                     "change its signing key")
        elif listed is not None and not listed & accepted:
            self.say("keys", FAULT, "the provider signs with "
                     f"{shown(' '.join(sorted(listed)))}, accepted are "
                     f"{' '.join(sorted(accepted))}",
                     "set signing_algs, or change the client's algorithm")
        else:
            self.say("keys", OK, f"{count} keys, for " +
                     " ".join(sorted(fits & accepted)))


def origin(url):
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
