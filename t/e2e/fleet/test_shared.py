# SPDX-License-Identifier: Apache-2.0
"""oidc_shared: what one nginx of a fleet has got or heard, all have."""

import base64
import itertools
import json
import time

import pytest

from crowd import together
from gateway import eventually, let_pass
from logout_token import logout_token, tell
from sites import SECRET
from visitor import basic, send

TOKEN = "token.client_credentials"

# Sessions are in cookies, so that nothing but oidc_shared is shared.
SHARED = """
    oidc_session_store fleet { type redis; server @REDIS@; }
    oidc_shared fleet;
    oidc_provider cognito {
        @PROVIDER@
        session_store cookie;
        base_url http://127.0.0.1:@FRONT@;
        logout_uri /logout;
        backchannel_logout_uri /back;
        allowed_clients any;
        @MORE@
    }
    server {
        listen 127.0.0.1:@PORT@;
        location / {
            auth_oidc cognito;
            auth_oidc_methods session authorization_code client_credentials;
            proxy_pass http://@UPSTREAM@;
        }
    }
"""


@pytest.fixture
def shared(gateway):
    def start(count, server, more="", **values):
        members = []
        for _ in range(count):
            front = members[0].ports["PORT"] if members else "@PORT@"
            members.append(gateway(SHARED, REDIS=server, FRONT=front,
                                   MORE=SECRET + more, CONNECTIONS=2048,
                                   **values))
            members[-1].may_say = "session store"
        return members
    return start


def sub_of_jane(pool):
    """By a token for her."""
    part = pool.issue("access").split(".")[1]
    return json.loads(base64.urlsafe_b64decode(
        part + "=" * (-len(part) % 4)))["sub"]


def cookies(visitor):
    return {"Cookie": "; ".join(f"{name}={visitor.jar.value(name)}"
                                for name in visitor.jar.names())}


def at_each(sites, headers, count):
    turns = itertools.cycle(sites)
    return together(count, lambda: send("GET", next(turns).url("/"), headers,
                                        timeout=60))


@pytest.fixture
def machine(pool):
    client = pool.client()
    return basic(client["id"], client["secret"])


# --- bought once -------------------------------------------------------------

def test_cold_equal_requests_over_six_nginx_make_one_token_call(
        shared, redis, pool, machine):
    sites = shared(6, redis.address)
    pool.faults(**{TOKEN: {"mode": "slow", "seconds": 2, "times": 1}})
    answers = at_each(sites, machine, 300)
    assert {answer.status for answer in answers} == {200}
    assert pool.count("token") == 1
    assert at_each(sites, machine, 12)[0].status == 200
    assert pool.count("token") == 1


def test_nginx_that_starts_later_buys_no_token(shared, redis, pool, machine):
    first, second = shared(2, redis.address)
    assert send("GET", first.url("/"), machine).status == 200
    assert send("GET", second.url("/"), machine).status == 200
    assert pool.count("token") == 1


def test_wrong_secret_is_refused_everywhere_by_one_call(
        shared, redis, pool):
    sites = shared(3, redis.address)
    wrong = basic(pool.client()["id"], "wrong")
    assert {a.status for a in at_each(sites, wrong, 12)} == {401}
    assert pool.count("token") == 1


def test_each_nginx_goes_on_alone_without_redis(
        shared, redis, pool, machine):
    sites = shared(2, redis.address)
    redis.kill()
    for site in sites:
        eventually(lambda: send("GET", site.url("/"), machine).status == 200)
    assert pool.count("token") == 2


def test_silent_redis_does_not_stop_new_credentials(
        shared, redis, pool, machine):
    first, second = shared(2, redis.address)
    redis.pause()
    assert send("GET", first.url("/"), machine).status == 200
    redis.go_on()


# --- used once ---------------------------------------------------------------

def test_state_works_once_in_the_fleet(shared, redis, pool, visitor):
    """The callback is sent to both; the code is spent once."""
    first, second = shared(2, redis.address)
    url = visitor.callback_for(first.url("/"))
    kept = cookies(visitor)
    there = url.replace(str(first.ports["PORT"]), str(second.ports["PORT"]))
    assert send("GET", url, kept).status == 302
    again = send("GET", there, kept)
    assert again.status == 400
    assert again.reason == "state_used"
    assert pool.count("token") == 1


def test_logout_token_works_once_in_the_fleet(shared, redis, pool):
    first, second = shared(2, redis.address)
    token = logout_token(pool)
    assert tell(first, token).status == 200
    again = tell(second, token)
    assert (again.status, again.reason) == (400, "logout_token_used")


# --- ended -------------------------------------------------------------------

def is_in(site, kept):
    return send("GET", site.url("/"), kept).status == 200


def test_logout_by_the_user_ends_copies_everywhere(shared, redis, visitor):
    first, second = shared(2, redis.address)
    assert visitor.open(first.url("/")).status == 200
    kept = cookies(visitor)
    assert is_in(second, kept)
    assert visitor.get(first.url("/logout")).status == 302
    begun = time.monotonic()
    eventually(lambda: not is_in(second, kept), within=5)
    print(f"seconds: {time.monotonic() - begun:.3f}")


def test_logout_by_the_provider_ends_sessions_everywhere(
        shared, redis, pool, visitor):
    sites = shared(3, redis.address)
    assert visitor.open(sites[0].url("/")).status == 200
    kept = cookies(visitor)
    assert all(is_in(site, kept) for site in sites)
    let_pass(1)
    token = logout_token(pool, sid=None, sub=sub_of_jane(pool))
    assert tell(sites[1], token).status == 200
    for site in sites:
        eventually(lambda: not is_in(site, kept))


def test_nginx_that_starts_later_knows_who_has_ended(
        shared, redis, pool, visitor):
    first, second = shared(2, redis.address)
    assert visitor.open(first.url("/")).status == 200
    kept = cookies(visitor)
    second.stop()
    assert visitor.get(first.url("/logout")).status == 302
    eventually(lambda: redis.keys("oidc:1:e:*"))
    second.start()
    eventually(lambda: not is_in(second, kept))


def test_logout_during_an_outage_is_told_afterwards(
        shared, redis, pool, visitor):
    """It is effective at this nginx at once, at others when Redis is back."""
    first, second = shared(2, redis.address)
    assert visitor.open(first.url("/")).status == 200
    kept = cookies(visitor)
    assert is_in(second, kept)
    redis.pause()
    assert visitor.get(first.url("/logout")).status == 302
    assert not is_in(first, kept)
    assert is_in(second, kept)
    redis.go_on()
    eventually(lambda: not is_in(second, kept), within=20)


def test_bystander_stays_logged_in(shared, redis, visitor, visitors, pool):
    first, second = shared(2, redis.address)
    assert visitor.open(first.url("/")).status == 200
    pool.settings(auto_login="john")
    john = visitors()
    assert john.open(first.url("/")).status == 200
    assert visitor.get(first.url("/logout")).status == 302
    let_pass(1)
    assert is_in(second, cookies(john))


def test_nothing_shared_is_readable(shared, redis, pool, visitor, machine):
    first, = shared(1, redis.address)
    assert send("GET", first.url("/"), machine).status == 200
    visitor.open(first.url("/"))
    visitor.get(first.url("/logout"))
    eventually(lambda: redis.keys("oidc:1:e:*"))
    dump = b"".join(name.encode() + redis.ask("DUMP", name)
                    for name in redis.keys())
    for word in [b"jane", b"eyJ", b"cognito", pool.client()["id"].encode(),
                 *(secret.encode() for secret in pool.secrets())]:
        assert word not in dump


# --- configuration -----------------------------------------------------------

@pytest.mark.parametrize("text, complaint", [
    ("oidc_shared fleet;", "is no oidc_session_store of type redis"),
    ("oidc_shared memory;", "is no oidc_session_store of type redis"),
    ("oidc_session_store fleet { type redis; server 127.0.0.1; }"
     "oidc_shared fleet;", "oidc_shared needs a session_secret"),
], ids=["unknown", "memory", "no secret"])
def test_mistake_is_named_by_nginx_t(gateways, text, complaint):
    site = gateways()
    site.write(text + """
        oidc_provider p { @PROVIDER@ }
        server { listen 127.0.0.1:@PORT@; location / { auth_oidc p; } }
    """, "worker_processes 1;")
    status, said = site.test()
    assert status == 1 and complaint in said
    site.expect(complaint)
