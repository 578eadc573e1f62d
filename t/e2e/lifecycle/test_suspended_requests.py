# SPDX-License-Identifier: Apache-2.0
"""The life of a request that has to wait, and of a connection around it."""

import base64
import signal
import threading

import pytest

from gateway import eventually
from h2wire import H2
from sites import COOKIE_STORE, SITE
from visitor import NAVIGATION, SESSION, bearer, send
from wire import Wire, once, request

H2_SITE = SITE.replace("listen 127.0.0.1:@PORT@;", """
        listen 127.0.0.1:@PORT@;
        listen 127.0.0.1:@PORT2@ http2;""")
SLOW = {"mode": "slow", "seconds": 1.5, "times": 1}


class Later:
    """A request in a thread of its own; `answer` waits for it."""

    def __init__(self, url, headers):
        self._answers = []
        self._thread = threading.Thread(target=self._run,
                                        args=(url, headers))
        self._thread.start()

    def _run(self, url, headers):
        try:
            self._answers.append(send("GET", url, headers))
        except OSError as error:
            self._answers.append(error)

    @property
    def answer(self):
        self._thread.join(30)
        return self._answers[0]


def exchanging(pool, site, visitor):
    """A callback whose token request is under way."""
    pool.faults(token=SLOW)
    url = visitor.callback_for(site.url("/"))
    later = Later(url, {**NAVIGATION, "Cookie": visitor.jar.header(
        "127.0.0.1", "/", False)})
    eventually(lambda: pool.count("token") == 1)
    return later


# --- the end of a worker ----------------------------------------------------

def test_reload_during_a_code_exchange_completes_the_login(
        gateway, pool, visitor, store):
    """AC-155, AC-373: the old worker ends it, the new one knows it."""
    site = gateway(SITE, MORE=store)
    later = exchanging(pool, site, visitor)
    site.signal(signal.SIGHUP)
    answer = later.answer
    assert answer.status == 302, answer
    visitor.jar.take("127.0.0.1", False, answer.set_cookies)
    site.reload()
    assert visitor.get(site.url("/")).status == 200


def test_graceful_quit_during_a_code_exchange_completes_the_login(
        gateway, pool, visitor):
    """AC-376: it is ended, then the worker goes."""
    site = gateway(SITE)
    later = exchanging(pool, site, visitor)
    assert site.stop() == []
    site.process = None
    assert later.answer.status == 302


def test_fast_stop_during_a_code_exchange_closes_the_connection(
        gateway, pool, visitor):
    """AC-377: at once, and without a fault."""
    site = gateway(SITE)
    later = exchanging(pool, site, visitor)
    site.signal(signal.SIGTERM)
    site.process.wait(10)
    site.process = None
    assert isinstance(later.answer, OSError)


@pytest.mark.parametrize("kind", ["token", "discovery"])
def test_worker_shutdown_timeout_closes_suspended_requests(
        gateway, pool, visitor, kind):
    """AC-359, AC-376: worker_shutdown_timeout closes what waits."""
    if kind == "discovery":
        pool.faults(discovery={"mode": "slow", "seconds": 6})
    site = gateway(SITE, main="worker_processes 1; "
                   "worker_shutdown_timeout 1s;")
    if kind == "token":
        pool.faults(token={"mode": "slow", "seconds": 6})
        url = visitor.callback_for(site.url("/"))
    else:
        url = site.url("/")
    later = Later(url, {**NAVIGATION, "Cookie": visitor.jar.header(
        "127.0.0.1", "/", False)})
    eventually(lambda: pool.count(kind) == 1)
    assert site.stop() == []
    site.process = None
    assert isinstance(later.answer, OSError) or later.answer.status == 503


# --- a client that goes -----------------------------------------------------

def test_http2_reset_during_a_code_exchange_keeps_other_streams(
        gateway, pool, visitor):
    """AC-336: the connection and its other streams go on, and the code, which
    the provider has not taken yet, can be sent again."""
    site = gateway(H2_SITE, MORE="base_url http://127.0.0.1:@PORT@;")
    pool.faults(token=SLOW)
    url = visitor.callback_for(site.url("/"))
    cookie = [("cookie", visitor.jar.header("127.0.0.1", "/", False))]
    with H2(site.ports["PORT2"]) as h2:
        stream = h2.request(url[len(site.url("")):], headers=cookie)
        eventually(lambda: pool.count("token") == 1)
        h2.cancel(stream)
        [answer] = h2.wait(h2.request("/open/"))
        assert answer.status == 200
        [again] = h2.wait(h2.request(url[len(site.url("")):],
                                     headers=cookie))
    assert again.status == 302
    visitor.jar.clear()
    assert visitor.open(site.url("/")).status == 200


def test_clients_that_leave_do_not_fail_the_one_that_waits(gateway, pool):
    """AC-154, AC-336: fifty of them, and one who stays."""
    pool.faults(discovery=SLOW)
    site = gateway(SITE)
    token = pool.issue()
    line = f"Authorization: Bearer {token}"
    wires = [Wire(site.port) for _ in range(50)]
    for wire in wires:
        wire.send(request(headers=[line]))
    later = Later(site.url("/"), bearer(token))
    for wire in wires:
        wire.__exit__()
    assert later.answer.status == 200


# --- a connection around it -------------------------------------------------

def test_users_in_turn_on_one_connection_are_not_mixed(
        gateway, pool, visitors, store):
    """AC-244, AC-357."""
    site = gateway(SITE, MORE=store)
    cookies = {}
    for who in ("jane", "john"):
        pool.settings(auto_login=who)
        one = visitors()
        one.open(site.url("/"))
        cookies[who] = "Cookie: " + one.jar.header("127.0.0.1", "/", False)
    host = f"127.0.0.1:{site.port}"
    with Wire(site.port) as wire:
        for who in ("jane", "john", "john", "jane") * 3:
            answer = wire.ask(request(headers=[cookies[who]], host=host))
            assert answer.sent("X-User") == [who]
            assert wire.ask(request(host=host)).status == 401


@pytest.mark.parametrize("body", ["Content-Length: 5\r\n\r\nabcde",
                                  "Transfer-Encoding: chunked\r\n\r\n"
                                  "5\r\nabcde\r\n0\r\n\r\n"])
def test_logout_with_a_request_body_keeps_the_connection_in_step(gateway, body):
    """AC-337: the connection is in step afterwards."""
    site = gateway(SITE, MORE="logout_uri /logout;")
    with Wire(site.port) as wire:
        wire.send(f"POST /logout HTTP/1.1\r\nHost: a\r\n{body}")
        assert wire.receive().status in (200, 302)
        assert wire.ask(request("/open/")).status == 200


def test_request_body_sent_after_the_suspension_is_read(gateway, pool):
    """AC-337: the token is judged while the body is still to come."""
    pool.faults(discovery=SLOW)
    site = gateway(SITE)
    with Wire(site.port) as wire:
        wire.send(request(method="POST", headers=[
            f"Authorization: Bearer {pool.issue()}",
            "Content-Length: 6"]) + b"abc")
        eventually(lambda: pool.count("jwks") == 1)
        answer = wire.ask("def")
    assert (answer.status, answer.json["body"]) == (200, "abcdef")


def test_large_request_body_of_a_suspended_request_is_read(gateway, pool):
    """AC-342: no other limit than the location's counts while it waits."""
    pool.faults(discovery=SLOW)
    site = gateway("client_max_body_size 1k;" + SITE,
                   RULE="client_max_body_size 10m;")
    answer = send("POST", site.url("/"), bearer(pool.issue()), "x" * 3000000)
    assert answer.status == 200
    assert len(answer.json["body"]) == 3000000


def test_requests_pipelined_behind_a_suspended_one_keep_their_order(
        gateway, pool):
    """AC-341: in order, though the first one has to wait."""
    pool.faults(discovery=SLOW)
    site = gateway(SITE)
    line = f"Authorization: Bearer {pool.issue()}"
    with Wire(site.port) as wire:
        wire.send(request("/1", headers=[line]) + request("/open/2") +
                  request("/3", headers=[line]) + request("/4"))
        answers = [wire.receive() for _ in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 200, 401]
    assert [answer.json["uri"] for answer in answers[:3]] == \
        ["/1", "/open/2", "/3"]


# --- odds and ends ----------------------------------------------------------

def test_login_without_a_host_is_400(gateway):
    """AC-352: HTTP/1.0; there is no address to come back to."""
    site = gateway(SITE)
    with Wire(site.port) as wire:
        answer = wire.ask("GET / HTTP/1.0\r\nAccept: text/html\r\n\r\n")
    assert (answer.status, answer.reason) == (400, "insecure_login")


def test_callback_without_a_host_is_400(gateway):
    """AC-352."""
    site = gateway(SITE)
    with Wire(site.port) as wire:
        answer = wire.ask("GET /oidc_callback?code=a&state=b HTTP/1.0\r\n\r\n")
    assert (answer.status, answer.reason) == (400, "state_unknown")


def test_session_without_the_scope_is_403_and_no_new_login(
        gateway, visitor, store):
    """AC-263: 403, and no new login."""
    site = gateway(SITE, MORE=store,
                   RULE="auth_oidc_require_scope kongresource/scope1;")
    answer = visitor.open(site.url("/"))
    assert (answer.status, answer.reason) == (403, "scope_missing")
    assert "may not see this page" in answer.text
    assert SESSION in visitor.jar.names()


@pytest.mark.parametrize("who, status", [("jane", 200), ("john", 403)])
def test_session_without_the_group_is_403_and_no_new_login(
        gateway, pool, visitor, who, status):
    """AC-263, AC-402."""
    pool.settings(auto_login=who)
    site = gateway(SITE, RULE="auth_oidc_require_group admins;")
    assert visitor.open(site.url("/")).status == status


def test_unauthenticated_pass_sets_the_reason(gateway):
    site = gateway(SITE, RULE="auth_oidc_unauthenticated pass;")
    answer = send("GET", site.url("/"))
    assert (answer.status, answer.reason) == (200, "session_missing")


def test_callback_by_an_internal_redirect_is_refused(
        gateway, upstream, visitor):
    """AC-259: it is answered, and refused as any other."""
    upstream.answers["/open/go"] = (
        200, {"X-Accel-Redirect": "/oidc_callback?code=x&state=y"}, "")
    answer = visitor.get(gateway(SITE).url("/open/go"))
    assert (answer.status, answer.reason) == (400, "state_unknown")


def test_subrequest_to_the_logout_address_does_not_log_out(
        gateway, upstream, visitor):
    """AC-260: an address of ours in a subrequest is nobody's."""
    upstream.answers["/open/page"] = (
        200, {"Content-Type": "text/html"},
        '<!--#include virtual="/logout" -->')
    site = gateway(SITE.replace("/open/ {", "/open/ { ssi on;"),
                   MORE="logout_uri /logout;")
    visitor.open(site.url("/"))
    page = visitor.get(site.url("/open/page"))
    assert page.json["uri"] == "/logout"  # the application's
    assert visitor.get(site.url("/")).status == 200


def test_access_phase_entered_again_makes_one_provider_call(
        gateway, pool, upstream):
    """AC-347: another access module waits behind ours."""
    site = gateway(SITE.replace("location /open/", """
        location = /check { internal; proxy_pass http://@UPSTREAM@; }
        location /open/"""), RULE="auth_request /check; "
        "auth_oidc_methods client_credentials;")
    client = pool.client()
    basic = base64.b64encode(
        f"{client['id']}:{client['secret']}".encode()).decode()
    answer = send("GET", site.url("/"), {"Authorization": f"Basic {basic}"})
    assert answer.status == 200
    assert pool.count("token") == 1
    assert [told["uri"] for told in upstream.requests] == ["/check", "/"]


def test_short_client_timeouts_do_not_end_a_suspended_request(gateway, pool):
    """AC-359: while we wait, the time is ours."""
    pool.faults(discovery={"mode": "slow", "seconds": 2.5, "times": 1})
    site = gateway("send_timeout 1s; client_header_timeout 1s; "
                   "client_body_timeout 1s; keepalive_timeout 1s; "
                   "lingering_timeout 1s;" + SITE)
    with Wire(site.port) as wire:
        assert wire.ask(request("/open/")).status == 200
        answer = wire.ask(request(headers=[
            f"Authorization: Bearer {pool.issue()}"]))
    assert answer.status == 200


def test_log_variables_are_read_after_the_client_left(gateway, pool):
    """AC-360: our variables are read when the request is over."""
    # It begins with nginx, and must last until the client has left.
    pool.faults(discovery={**SLOW, "seconds": 5})
    site = gateway(SITE, RULE="post_action /open/after;")
    with Wire(site.port) as wire:
        wire.send(request(headers=[f"Authorization: Bearer {pool.issue()}"]))
        eventually(lambda: pool.count("discovery") == 1)
    eventually(lambda: "499 GET / " in site.text("access.log"))
    assert send("GET", site.url("/"), bearer(pool.issue())).status == 200


def test_internal_location_is_protected_after_a_redirect(
        gateway, upstream, pool):
    """AC-356: protected as any other, once something leads there."""
    upstream.answers["/open/go"] = (200, {"X-Accel-Redirect": "/inside"}, "")
    site = gateway(SITE.replace("location /open/", """
        location /inside {
            internal;
            auth_oidc cognito;
            proxy_pass http://@UPSTREAM@;
        }
        location /open/"""))
    token = bearer(pool.issue())
    assert send("GET", site.url("/inside"), token).status == 404
    assert send("GET", site.url("/open/go")).status == 401
    assert send("GET", site.url("/open/go"), token).status == 200


def test_accepted_request_is_passed_to_the_next_upstream(gateway, pool):
    """One that fails, and the next one; the verdict stands."""
    site = gateway("upstream app { server 127.0.0.1:1 max_fails=0; "
                   "server @UPSTREAM@; }" + SITE.replace(
                       "location / {", "location /app/ { auth_oidc cognito; "
                       "proxy_pass http://app; } location / {"))
    token = bearer(pool.issue())
    assert {send("GET", site.url("/app/"), token).status
            for _ in range(4)} == {200}


def test_altered_sealed_session_of_equal_length_is_401(gateway, visitor):
    """AC-177: a cookie of the same length that is none of ours."""
    site = gateway(SITE, MORE=COOKIE_STORE)
    visitor.open(site.url("/"))
    value = visitor.session
    forged = "".join("A" if c == "B" else c for c in value)
    answer = once(site.port, headers=[f"Cookie: {SESSION}={forged}"],
                  host=f"127.0.0.1:{site.port}")
    assert (answer.status, answer.reason) == (401, "session_invalid")
