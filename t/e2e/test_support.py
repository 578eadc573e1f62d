# SPDX-License-Identifier: Apache-2.0
"""That the tests around this file can fail: each thing that a teardown looks
for is found when it is there."""

import os
import signal

import pytest

import logs
from gateway import eventually
from jar import Jar
from sites import SITE
from visitor import send

LINE = "2026/01/01 00:00:00 [%s] 1#1: *1 %s, client: 127.0.0.1"
BAD = [LINE % ("alert", "x"), LINE % ("emerg", "x"), LINE % ("crit", "x"),
       LINE % ("alert", "open socket #3 left in connection 4"),
       "==7==ERROR: AddressSanitizer: heap-use-after-free",
       "src/a.cpp:1:2: runtime error: signed integer overflow",
       LINE % ("notice", "worker process 7 exited on signal 11")]


@pytest.mark.parametrize("line", BAD)
def test_bad_log_line_is_found(line):
    text = "\n".join(["one", line, "two"])
    assert logs.bad_lines(text) == [line]
    assert logs.bad_lines(text, [r"\[info\]"]) == [line]


def test_expected_log_line_is_not_reported():
    assert logs.bad_lines(BAD[0], [r"\[alert\].* x,"]) == []


def test_missing_expected_log_line_is_reported():
    assert logs.unseen("nothing", ["x"]) == ["x"]
    assert logs.unseen("has x", ["x"]) == []


def test_secret_in_a_text_is_found():
    secret = "157hn35o42chdpk1"
    assert logs.leaks(f"GET /?a={secret}&b", {secret, "other-secret"})
    assert not logs.leaks("GET /?a=157hn", {secret})


def test_leak_report_shortens_the_secret():
    [leak] = logs.leaks("a 157hn35o42chdpk1", {"157hn35o42chdpk1"})
    assert leak.startswith("157hn3…")


def test_secrets_of_a_login_are_collected(gateway, pool, visitor):
    """The code, the verifier, the tokens and the cookies of a login."""
    site = gateway(SITE)
    url = visitor.callback_for(site.url("/"))
    answer = visitor.open(url)
    secrets = pool.secrets() | visitor.jar.seen
    [call] = pool.calls("token")
    [authorization] = answer.sent("Authorization")
    for secret in (call["form"]["code"], call["form"]["code_verifier"],
                   pool.client()["secret"], visitor.session,
                   authorization.removeprefix("Bearer ")):
        assert secret in secrets


def test_secret_in_a_log_is_a_fault(gateways, pool):
    site = gateways()
    token = pool.issue()
    (site.dir / "info.log").write_text(f"auth_oidc: {token}\n")
    assert site.faults(pool.secrets())
    (site.dir / "info.log").unlink()


def test_secret_in_our_own_debug_line_is_a_fault(gateways, pool):
    site = gateways()
    token = pool.issue()
    debug = site.dir / "debug.log"
    debug.write_text(f"[debug] http header: {token}\n")
    assert not site.faults(pool.secrets())
    debug.write_text(f"[debug] auth_oidc saw {token}\n")
    assert site.faults(pool.secrets())
    debug.unlink()


def test_dead_worker_is_a_fault(gateway):
    site = gateway(SITE)
    [pid] = site.workers
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: site.living_workers()
               and site.living_workers() != [pid])
    assert site.stop()
    assert site.faults(set())
    site.process = None
    # It may have held a lock, which nginx then frees.
    site.expect("exited on signal 9|was locked by")


def test_dead_nginx_is_a_fault(gateway):
    site = gateway(SITE)
    site.signal(signal.SIGTERM)
    site.process.wait(10)
    assert site.stop() == ["nginx ended with 0"]
    site.process = None


def test_upstream_records_the_requests_that_reach_it(gateway, upstream):
    """What reached it is seen, and what did not is not."""
    site = gateway(SITE)
    assert send("GET", site.url("/")).status == 401
    assert not upstream.requests
    assert send("GET", site.url("/open/x")).status == 200
    assert [told["uri"] for told in upstream.requests] == ["/open/x"]


@pytest.mark.parametrize("line, secure, kept", [
    ("a=1; Path=/", False, True), ("a=1; Secure", False, False),
    ("a=1; Secure", True, True), ("__Host-a=1; Secure; Path=/", True, True),
    ("__Host-a=1; Path=/", True, False),
    ("__Host-a=1; Secure; Path=/x", True, False),
    ("__Host-a=1; Secure; Path=/; Domain=a.b", True, False),
    ("a=1; Max-Age=0", False, False)])
def test_jar_keeps_the_cookies_that_a_browser_keeps(line, secure, kept):
    jar = Jar()
    jar.take("127.0.0.1", secure, [line])
    assert bool(jar.names()) == kept
