# SPDX-License-Identifier: Apache-2.0
"""A person with a browser: cookies, redirects, forms; and a page's script."""

import base64
import html
import http.client
import re
import ssl
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from answer import Answer
from jar import Jar

NAVIGATION = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,"
              "*/*;q=0.8",
    "Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document", "Sec-Fetch-User": "?1",
}
SCRIPT = {"Accept": "*/*", "Sec-Fetch-Site": "same-origin",
          "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}
FORM = "application/x-www-form-urlencoded"
SESSION = "NGX_OIDC_SESSION"
MANY = 20


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def basic(user, password):
    pair = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


def send(method, url, headers=None, body=None, tls=None, timeout=15):
    """One request, its target sent as it is written."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    made = http.client.HTTPSConnection if secure else \
        http.client.HTTPConnection
    more = {"context": tls or ssl._create_unverified_context()} \
        if secure else {}
    connection = made(parts.hostname, parts.port, timeout=timeout, **more)
    target = url[url.index(parts.netloc) + len(parts.netloc):]
    try:
        connection.request(method, target.partition("#")[0] or "/", body,
                           headers or {})
        return Answer(connection.getresponse(), url)
    finally:
        connection.close()


def query_of(url):
    return {name: values[0] for name, values in
            parse_qs(urlsplit(url).query, keep_blank_values=True).items()}


class Visitor:
    # Hosts whose Secure cookies are kept without TLS, as browsers do for the
    # machine that they run on.
    trusted = ()

    def __init__(self):
        self.jar = Jar()

    def call(self, method, url, headers=None, body=None):
        """One request with this browser's cookies; nothing is followed."""
        parts = urlsplit(url)
        secure = parts.scheme == "https" or parts.hostname in self.trusted
        sent = dict(headers or {})
        cookies = self.jar.header(parts.hostname, parts.path or "/", secure)
        if cookies:
            sent["Cookie"] = cookies
        answer = send(method, url, sent, body)
        self.jar.take(parts.hostname, secure, answer.set_cookies)
        return answer

    def get(self, url, **headers):
        """A navigation of one step."""
        return self.call("GET", url, {**NAVIGATION, **headers})

    def script(self, url, method="GET", headers=None, body=None):
        return self.call(method, url, {**SCRIPT, **(headers or {})}, body)

    def open(self, url):
        """A navigation to its end."""
        return self._follow(self.get(url))

    def submit(self, answer, **fields):
        """Fills in the page's only form, sends it, and goes on."""
        action = re.search(r'<form method="post" action="([^"]*)"',
                           answer.text)[1]
        hidden = re.findall(
            r'<input type="hidden" name="([^"]*)" value="([^"]*)"',
            answer.text)
        form = {name: html.unescape(value) for name, value in hidden}
        return self._follow(self.call(
            "POST", urljoin(answer.url, html.unescape(action)),
            {**NAVIGATION, "Content-Type": FORM},
            urlencode({**form, **fields})))

    def _follow(self, answer):
        history = []
        while answer.status in (301, 302, 303):
            assert len(history) < MANY, "redirected for ever"
            history.append(answer)
            answer = self.get(urljoin(answer.url, answer.location))
        answer.history = history
        return answer

    def start(self, url):
        """The provider's URL that a navigation without a session leads to."""
        answer = self.get(url)
        assert answer.status == 302, answer
        return answer.location

    def callback_for(self, url):
        """Everything of a login but the last step: the callback's URL."""
        answer = self.get(self.start(url))
        while "code=" not in answer.location:
            answer = self.get(urljoin(answer.url, answer.location))
        return answer.location

    def callback_for_new(self, url):
        """The same for one who has a session: as if it were not sent."""
        kept = dict(self.jar._kept)
        self.jar.clear()
        url = self.callback_for(url)
        self.jar._kept = {**kept, **self.jar._kept}
        return url

    @property
    def session(self):
        return self.jar.value(SESSION)
