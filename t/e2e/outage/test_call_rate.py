# SPDX-License-Identifier: Apache-2.0
"""The provider is not called more often than call_rate says, whoever asks;
people come before machines."""

import http.client
import threading
import time

import pytest

from crowd import statuses
from gateway import eventually, let_pass
from visitor import basic, send

SITE = """
    oidc_provider p {
        @PROVIDER@
        allowed_clients any;
        @MORE@
    }
    server {
        listen 127.0.0.1:@PORT@ backlog=4096;
        location / { auth_oidc p; proxy_pass http://@UPSTREAM@; }
        location /machines {
            auth_oidc p; auth_oidc_methods client_credentials;
            proxy_pass http://@UPSTREAM@;
        }
        location = /status { auth_oidc_status; allow all; }
    }
"""
WORKERS = "worker_processes 2;"
MACHINE = "token.client_credentials"
RATE = "token_client_credentials"


def guesses(client, count, begin=0):
    """Requests with as many secrets, each of which is a call."""
    return [(f"GET /machines HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
             "Authorization: " +
             basic(client["id"], f"no-{n}")["Authorization"] +
             "\r\n\r\n").encode() for n in range(begin, begin + count)]


def counted(site, call):
    status = send("GET", site.url("/status")).json
    return status["providers"]["p"]["calls"][call]


def by_machine(site, client):
    return send("GET", site.url("/machines"),
                basic(client["id"], client["secret"]))


# --- it holds ----------------------------------------------------------------

def pour(site, requests):
    """What they are answered, and the seconds that it took, begun ones too:
    however slow the machine is, no second of them has more than the rate."""
    begun = time.monotonic()
    told = statuses(site.port, requests)
    return told, 1 + int(time.monotonic() - begun)


def test_rate_holds_under_a_stampede_of_machines(gateway, pool):
    """2,000 at once on two workers, and a provider that throttles as Cognito
    does: it never has to. It may be late for a second, and is asked then for
    what it was asked before."""
    pool.faults(**{MACHINE: {"mode": "throttle", "rps": 120}})
    site = gateway(SITE, WORKERS, CONNECTIONS=8192,
                   MORE=f"call_rate {RATE}=60/s; call_limit 4000;")
    told, seconds = pour(site, guesses(pool.client("machine"), 2000))
    assert set(told) == {401, 503}
    calls = counted(site, RATE)
    assert calls["throttled"] == 0
    assert calls["refused"] == told.count(401) == pool.count(MACHINE)
    assert 60 <= calls["refused"] <= 60 * seconds
    assert calls["shed"] == told.count(503)
    # None is remembered as refused, and all is well in the next second.
    let_pass(2)
    assert by_machine(site, pool.client("machine")).status == 200


def test_provider_throttles_a_stampede_without_a_rate(gateway, pool):
    """What the other test would see if nothing were shed."""
    pool.faults(**{MACHINE: {"mode": "throttle", "rps": 20}})
    site = gateway(SITE, WORKERS, CONNECTIONS=8192,
                   MORE="call_rate off; call_limit 4000;")
    told, _ = pour(site, guesses(pool.client("machine"), 400))
    assert 503 in told
    assert counted(site, RATE)["throttled"] > 0
    assert counted(site, RATE)["shed"] == 0


def test_cognito_has_its_published_rates(gateway, pool):
    """150 tokens for clients in a second."""
    site = gateway(SITE, WORKERS, CONNECTIONS=4096, MORE="call_limit 4000;")
    told, seconds = pour(site, guesses(pool.client("machine"), 1000))
    assert set(told) == {401, 503}
    assert 150 <= told.count(401) <= 150 * seconds
    assert counted(site, RATE)["shed"] == told.count(503)


def test_shed_request_says_when_to_come_again(gateway, pool):
    site = gateway(SITE, MORE=f"call_rate {RATE}=1/s;")
    client = pool.client("machine")
    statuses(site.port, guesses(client, 1))
    answer = eventually(lambda: next(
        (a for a in [by_machine(site, {**client, "secret": str(time.time())})]
         if a.status == 503), None))
    assert answer.reason == "call_rate_reached"
    assert int(answer.headers["Retry-After"]) > 0
    text = send("GET", site.url("/status?format=prometheus")).text
    assert ('auth_oidc_provider_calls_total{provider="p",'
            f'call="{RATE}",result="shed"}} ') in text


def test_rate_survives_a_reload(gateway, pool):
    """The count is in shared memory."""
    site = gateway(SITE, MORE=f"call_rate {RATE}=1/s;")
    site.reload()
    client = pool.client("machine")
    begun = time.monotonic()
    for n in range(20):
        statuses(site.port, guesses(client, 1, n))
        if n == 10:
            site.reload()
    assert pool.count(MACHINE) <= 1 + (time.monotonic() - begun)


# --- who comes first ---------------------------------------------------------

class Stampede(threading.Thread):
    """Machines that never stop."""

    def __init__(self, site, client):
        super().__init__()
        self.site, self.client = site, client
        self.ends = False
        self.start()

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.site.port)
        number = 0
        while not self.ends:
            number += 1
            connection.request("GET", "/machines", headers=basic(
                self.client["id"], f"never-{number}"))
            connection.getresponse().read()
        connection.close()


@pytest.fixture
def stampede(pool):
    started = []

    def start(site):
        started.append(Stampede(site, pool.client("machine")))
        eventually(lambda: counted(site, RATE)["shed"] > 0)
    yield start
    for one in started:
        one.ends = True
        one.join(20)


def test_people_log_in_while_machines_use_up_the_rate(
        gateway, pool, visitors, stampede):
    site = gateway(SITE, WORKERS,
                   MORE=f"call_rate token_code+{RATE}=16/s;")
    stampede(site)
    for _ in range(2):
        assert visitors().open(site.url("/")).status == 200
    assert counted(site, "token_code")["shed"] == 0


def test_login_that_is_shed_is_continued_with_its_callback(
        gateway, pool, visitors):
    """The code was not spent."""
    site = gateway(SITE, MORE="call_rate token_code=1/s;")
    for _ in range(20):
        visitor = visitors()
        callback = visitor.callback_for(site.url("/"))
        answer = visitor.get(callback)
        if answer.status != 302:
            break
    assert (answer.status, answer.reason) == (503, "call_rate_reached")
    eventually(lambda: visitor.get(callback).status == 302, 15, 0.2)
    assert visitor.get(site.url("/")).status == 200


def test_renewal_that_is_shed_uses_what_is_at_hand(gateway, pool):
    """A token whose renewal is due is used until it expires."""
    site = gateway(SITE, MORE=f"call_rate {RATE}=1/s; token_cache_ttl 2s;")
    client = pool.client("machine")
    eventually(lambda: by_machine(site, client).status == 200)
    flood = Stampede(site, client)
    try:
        eventually(lambda: counted(site, RATE)["shed"] > 5)
        let_pass(3)
        for _ in range(20):
            assert by_machine(site, client).status == 200
    finally:
        flood.ends = True
        flood.join(20)


# --- the configuration -------------------------------------------------------

@pytest.mark.parametrize("line, complaint", [
    ("call_rate fast;", '"fast" is not kind=number/s'),
    ("call_rate password=5;", '"password=5" is not kind=number/s'),
    ("call_rate login=5/s;", 'unknown kind "login", it must be one of: '),
    ("call_rate jwks=5/s;", 'unknown kind "jwks"'),
    ("call_rate password=0/s;", "the number must be from 1 to 100000"),
    ("call_rate password=x/s;", "the number must be from 1 to 100000"),
    ("call_rate password=100001/s;", "the number must be from 1 to 100000"),
    ("call_rate password+password=1/s;", '"password" is there twice'),
    ("call_rate password=1/s password=2/s;", "the same as another rate"),
    ("call_rate off password=1/s;", '"off" is not kind=number/s'),
    ("call_rate =1/s;", 'unknown kind ""'),
    ("call_rate;", "invalid number of arguments"),
])
def test_wrong_call_rate_is_refused(refused, line, complaint):
    refused("oidc_provider p { @PROVIDER@ " + line + " }", complaint)
