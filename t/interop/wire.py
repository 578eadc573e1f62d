"""Knows how a browser talks: cookies are kept, redirects followed by hand."""

import http.client
import json
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit


class Reply:
    def __init__(self, url, raw):
        self.url = url
        self.status = raw.status
        self.headers = raw.headers
        self.body = raw.read()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def location(self):
        """Where it sends to, as an absolute URL."""
        return urljoin(self.url, self.headers["Location"])

    @property
    def query(self):
        """Parameters of the place it sends to."""
        return {name: values[0] for name, values in parse_qs(
            urlsplit(self.headers["Location"]).query).items()}


class Browser:
    """A cookie jar for each host and port."""

    def __init__(self):
        self.jars = {}

    def call(self, method, url, body=None, headers=None):
        parts = urlsplit(url)
        jar = self.jars.setdefault(parts.netloc, {})
        target = url[url.index(parts.netloc) + len(parts.netloc):] or "/"
        sent = {"Accept": "text/html", **(headers or {})}
        if jar:
            sent["Cookie"] = "; ".join(f"{k}={v}" for k, v in jar.items())
        connection = http.client.HTTPConnection(parts.netloc, timeout=10)
        try:
            connection.request(method, target, body, sent)
            reply = Reply(url, connection.getresponse())
        finally:
            connection.close()
        for line in reply.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(line).items():
                jar[name] = morsel.value
                if morsel["max-age"] == "0" or "1970" in morsel["expires"]:
                    del jar[name]
        return reply

    def get(self, url, headers=None):
        return self.call("GET", url, headers=headers)

    def post(self, url, form, headers=None):
        return self.call("POST", url, urlencode(form), {
            "Content-Type": "application/x-www-form-urlencoded",
            **(headers or {})})

    def follow(self, url, until=None):
        """The last reply: no redirect, or one to below `until`."""
        for _ in range(12):
            reply = self.get(url)
            if reply.status not in (302, 303):
                return reply
            url = reply.location
            if until and url.startswith(until):
                return reply
        raise AssertionError(f"too many redirects, the last to {url}")
