# SPDX-License-Identifier: Apache-2.0
"""The cost of a whole login for the worker: from a protected page to the
provider's and back."""

import http.client
from itertools import chain
from urllib.parse import urljoin, urlsplit

from compare import Row, cpu, there_and_back
from jar import Jar
from load import Wrong
from stand import navigation

BOUND_US = 1000
OUTBOUND = 2  # calls that a login may need: the code, and the user's claims


class Browser:
    """Keeps its connections, as browsers do."""

    def __init__(self):
        self.jar = Jar()
        self.connections = {}

    def get(self, url):
        parts = urlsplit(url)
        if parts.netloc not in self.connections:
            self.connections[parts.netloc] = http.client.HTTPConnection(
                parts.netloc, timeout=15)
        connection = self.connections[parts.netloc]
        headers = navigation()
        cookies = self.jar.header(parts.hostname, parts.path, False)
        if cookies:
            headers["Cookie"] = cookies
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", target, headers=headers)
        answer = connection.getresponse()
        answer.read()
        self.jar.take(parts.hostname, False,
                      answer.headers.get_all("Set-Cookie") or [])
        return answer

    def log_in(self, url):
        """Follows the redirects to the page; the number of requests to the
        site."""
        self.jar.clear()
        site, sent = urlsplit(url).netloc, 0
        for _ in range(10):
            sent += urlsplit(url).netloc == site
            answer = self.get(url)
            if answer.status == 200:
                return sent
            if answer.status not in (302, 303):
                break
            url = urljoin(url, answer.headers["Location"])
        raise Wrong(f"login ended with {answer.status} at {url}")


def logins(stand, effort, micro):
    """The provider's time is its own: the worker's CPU alone is counted."""
    url = f"http://127.0.0.1:{stand.module.by_name['memory']}/file"
    stand.pool.allow(url.replace("/file", "/oidc_callback"))
    browser = Browser()
    requests = browser.log_in(url)
    values = []
    for _ in range(max(effort.rounds, 2)):
        before = stand.module.cpu()
        for _ in range(effort.logins):
            browser.log_in(url)
        values.append((stand.module.cpu() - before) * 1e6 / effort.logins)
    values.sort()
    middle = values[len(values) // 2]
    plain = stand.target(stand.base, "plain", "/off")
    proxied = stand.target(stand.base, "memory", "/proxy")
    turns = [there_and_back([plain, proxied], effort.seconds)
             for _ in range(effort.rounds)]
    took = [cpu(chain.from_iterable(one)) for one in zip(*turns)]
    # Both tokens verified, and what nginx itself takes for the same traffic.
    bare = requests * took[0] + OUTBOUND * (took[1] - took[0]) + \
        2 * micro.time_us("bare_RS256")
    return Row("logins", f"a code-flow login, {requests} requests; base: what "
               "nginx and OpenSSL take for its parts", "≤ 1000 µs", None,
               middle, bare, (values[-1] - values[0]) / middle,
               middle <= BOUND_US, {"logins_a_second": 1e6 / middle})
