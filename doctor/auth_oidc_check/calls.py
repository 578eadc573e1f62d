# SPDX-License-Identifier: Apache-2.0
"""One HTTP call: a whole answer, within a time and a size, and no other
address than the one asked for."""

import http.client
import json
import signal
import ssl
import urllib.error
import urllib.request
from contextlib import contextmanager

MAX_BYTES = 256 * 1024
CHUNK = 16 * 1024

CA_CURE = ("set ssl_trusted_certificate to a file with the CA of the "
           "provider, or add the CA to the system's (ca-certificates)")
TLS_CURES = {  # by the number of OpenSSL's X509_V_ERR_…
    2: CA_CURE, 18: CA_CURE, 19: CA_CURE, 20: CA_CURE, 21: CA_CURE,
    9: "check the clock of this machine and the certificate",
    10: "renew the certificate of the server, or set the clock",
    23: "the certificate is in ssl_crl: it has to be replaced",
    3: "add the list of revoked certificates of each CA to ssl_crl",
    62: "ask the server by a name that is in its certificate",
    64: "ask the server by an address that is in its certificate",
}


class CallError(Exception):
    """There is no answer. `check` is tls or network."""

    def __init__(self, check, text, cure):
        super().__init__(text)
        self.check, self.cure = check, cure


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        """The object in the body; None if there is none."""
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return value if isinstance(value, dict) else None


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


@contextmanager
def deadline(seconds):
    """Ends what blocks, also names that are looked up and answers that come
    byte by byte."""
    def over(*_):
        raise TimeoutError("timed out")
    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def tls_context(verify=True, trusted=None, crl=None):
    context = ssl.create_default_context(cafile=trusted)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if crl:
        context.load_verify_locations(crl)
        context.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN
    return context


def tls_error(error):
    """A CallError for what ssl or a socket raised."""
    error = getattr(error, "reason", error) \
        if isinstance(error, urllib.error.URLError) else error
    if isinstance(error, ssl.SSLCertVerificationError):
        return CallError("tls", f"the certificate is not accepted: "
                         f"{error.verify_message}",
                         TLS_CURES.get(error.verify_code, CA_CURE))
    if isinstance(error, ssl.SSLError):
        return CallError("tls", "there is no TLS: "
                         f"{error.reason or 'the connection ended'}",
                         "check the scheme and the port of the address")
    if isinstance(error, TimeoutError):
        return CallError("network", "no answer in time",
                         "check routes and firewalls; see timeout and proxy")
    if isinstance(error, http.client.HTTPException):
        return CallError("network", "the answer is no HTTP",
                         "check the address and the proxy")
    what = getattr(error, "strerror", None) or type(error).__name__
    return CallError("network", f"cannot be reached: {what}",
                     "check name, port, firewall and proxy")


class Caller:
    """Calls as the settings of one provider want them."""

    def __init__(self, context, timeout, proxy=None):
        """`proxy`: None for the environment's, "" for none, or a URL."""
        proxies = None if proxy is None else \
            {"http": proxy, "https": proxy} if proxy else {}
        self.timeout = timeout
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler(proxies), NoRedirect,
            urllib.request.HTTPSHandler(context=context))

    def call(self, url, body=None, headers=None):
        """Raises CallError; a status of an error is an answer, too."""
        try:
            request = urllib.request.Request(url, body, {
                "User-Agent": "nginx-auth-oidc-check", **(headers or {})})
            if request.type not in ("http", "https"):
                raise ValueError("scheme")
        except ValueError as error:
            raise CallError("network", "the address is no URL",
                            "compare it with the provider's") from error
        try:
            with deadline(self.timeout):
                return self._ask(request)
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise tls_error(error) from None

    def _ask(self, request):
        try:
            response = self._opener.open(request, timeout=self.timeout)
        except urllib.error.HTTPError as error:
            response = error
        with response:
            body = b""
            while part := response.read(CHUNK):
                body += part
                if len(body) > MAX_BYTES:
                    raise CallError("network", "the answer has more than "
                                    f"{MAX_BYTES} bytes",
                                    "check that this is the address")
            return Answer(response.status, response.headers, body)
