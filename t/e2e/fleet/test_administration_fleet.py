# SPDX-License-Identifier: Apache-2.0
"""auth_oidc_sessions, where several nginx share a Redis."""

import json
import time

import pytest

from gateway import eventually, polling
from sites import MEMBER, SECRET
from visitor import basic, bearer, send

ADMIN = "location = /sessions { auth_oidc_sessions; allow all; }"
JSON = {"Content-Type": "application/json"}
SUB = "sub-of-jane"

SHARED = """
    oidc_session_store fleet { type redis; server @REDIS@; }
    oidc_shared fleet;
    oidc_provider cognito {
        @PROVIDER@
        session_store @STORE@;
        base_url http://127.0.0.1:@FRONT@;
        allowed_clients any;
        @MORE@
    }
    server {
        listen 127.0.0.1:@PORT@;
        location / {
            auth_oidc cognito;
            auth_oidc_methods session authorization_code bearer
                              client_credentials;
            proxy_pass http://@UPSTREAM@;
        }
        @ADMIN@
        location = /status { auth_oidc_status; allow all; }
    }
"""


@pytest.fixture
def sites(gateway, redis):
    def start(text, count=2, **values):
        members = []
        for _ in range(count):
            front = members[0].ports["PORT"] if members else "@PORT@"
            members.append(gateway(
                text, "worker_processes 2;", REDIS=redis.address, FRONT=front,
                MORE=SECRET, STORE_MORE="", ADMIN=ADMIN, **values))
            members[-1].may_say = "session store"
        return members
    return start


def in_redis(sites, **values):
    return sites(MEMBER.replace("location = /status", ADMIN +
                                " location = /status"), **values)


def logged_in(site, pool, visitor, sub=SUB):
    pool.tamper(id={"claims": {"sub": sub}})
    assert visitor.open(site.url("/")).status == 200
    return visitor


def status(site, visitor):
    headers = {"Cookie": visitor.jar.header("127.0.0.1", "/", False)}
    return send("GET", site.url("/"), headers).status


def order(site, query, method="GET"):
    answer = send(method, site.url("/sessions?" + query))
    return answer.status, answer.json["providers"][0]


def deny(site, kind, value, until=60):
    answer = send("POST", site.url("/sessions"), JSON, json.dumps({
        "kind": kind, "value": value, "provider": "cognito",
        "until": until and int(time.time()) + until}))
    assert answer.status == 200, answer


def test_sessions_in_redis_are_listed_and_ended_at_any_nginx(
        sites, pool, visitors):
    first, second = in_redis(sites)
    browsers = [logged_in(one, pool, visitors()) for one in (first, second)]
    other = logged_in(first, pool, visitors(), "another")
    for browser in (*browsers, other):
        assert status(first, browser) == status(second, browser) == 200
    code, answer = order(second, f"sub={SUB}")
    ids = [one["id"] for one in answer["sessions"]]
    assert code == 200 and len(set(ids)) == 2
    for one in answer["sessions"]:
        assert 0 <= time.time() - one["begun"] < 120
        assert abs(one["last_used"] - one["begun"]) < 60
    assert order(second, f"id={ids[0]}", "DELETE")[1]["ended"] == 1
    assert order(second, f"id={ids[0]}", "DELETE")[1]["ended"] == 0
    eventually(lambda: sorted(
        status(first, one) for one in browsers) == [200, 401])
    assert order(first, f"sub={SUB}", "DELETE")[1]["ended"] == 1
    for site in (first, second):
        for browser in browsers:
            eventually(lambda s=site, b=browser: status(s, b) == 401)
        assert status(site, other) == 200
    assert order(second, f"sub={SUB}")[1]["sessions"] == []


def test_made_up_id_writes_nothing_to_redis(sites, redis):
    first, _ = in_redis(sites)
    assert order(first, "id=" + "A" * 43, "DELETE")[1]["ended"] == 0
    assert redis.keys() == []


def test_orders_without_redis_are_503(sites, redis, pool, visitors):
    first, _ = in_redis(sites)
    logged_in(first, pool, visitors())
    redis.stop()
    eventually(lambda: order(first, f"sub={SUB}")[0] == 503)
    code, answer = order(first, f"sub={SUB}", "DELETE")
    assert (code, answer["error"]) == (503, "store_unavailable")


@pytest.mark.parametrize("store", ["cookie", "fleet"])
def test_denial_at_one_nginx_holds_at_the_others(
        sites, pool, visitors, store):
    """AC-447: for sessions and Basic, and where an nginx starts later."""
    first, second = sites(SHARED, STORE=store)
    visitor = logged_in(first, pool, visitors())
    other = logged_in(first, pool, visitors(), "another")
    client = pool.client("machine")
    machine = basic(client["id"], client["secret"])

    def bought(site):
        return send("GET", site.url("/"), machine).status
    for site in (first, second):
        assert status(site, visitor) == bought(site) == 200
    deny(first, "sub", SUB)
    deny(second, "client_id", client["id"])
    for site in (first, second):
        eventually(lambda s=site: status(s, visitor) == bought(s) == 403)
        assert status(site, other) == 200
    third, = sites(SHARED, 1, STORE=store)
    eventually(lambda: bought(third) == 403)
    deny(second, "sub", SUB, 0)
    deny(second, "client_id", client["id"], 0)
    for site in (first, second, third):
        eventually(lambda s=site: bought(s) == 200)
    eventually(lambda: status(first, visitor) == 200)


def test_denial_without_redis_is_told_later(sites, redis, pool, visitors):
    first, second = sites(SHARED, STORE="cookie")
    visitor = logged_in(first, pool, visitors())
    redis.stop()
    deny(first, "sub", SUB)
    assert (status(first, visitor), status(second, visitor)) == (403, 200)
    redis.start()
    eventually(lambda: status(second, visitor) == 403, within=20)


def test_credentials_are_503_while_denials_are_not_heard_of(
        sites, redis, pool, visitors):
    """ended_unknown deny: by session in a cookie, bearer and Basic."""
    deny_unknown = SHARED.replace("server @REDIS@;",
                                  "server @REDIS@; ended_unknown deny;")
    site, = sites(deny_unknown, 1, STORE="cookie")
    visitor = eventually(lambda: logged_in(site, pool, visitors()))
    token = bearer(pool.issue("access"))

    def both():
        answers = [send("GET", site.url("/"), token), send(
            "GET", site.url("/"),
            {"Cookie": visitor.jar.header("127.0.0.1", "/", False)})]
        assert all(one.status == 200 or (
            one.status == 503 and one.reason == "store_unavailable" and
            not one.set_cookies) for one in answers)
        return [one.status for one in answers]
    eventually(lambda: both() == [200, 200])
    redis.pause()
    eventually(lambda: both() == [503, 503])
    redis.go_on()
    eventually(lambda: both() == [200, 200])


def test_credentials_are_accepted_while_denials_are_not_heard_of(
        sites, redis, pool, visitors):
    site, = sites(SHARED, 1, STORE="cookie")
    visitor = logged_in(site, pool, visitors())
    token = bearer(pool.issue("access"))
    redis.pause()
    for _ in polling(5):
        assert status(site, visitor) == 200
        assert send("GET", site.url("/"), token).status == 200
    redis.go_on()


def test_status_shows_whether_redis_answers(sites, redis):
    site, = sites(SHARED, 1, STORE="cookie")

    def shown():
        store = send("GET", site.url("/status")).json["stores"]["fleet"]
        return store["up"], store["listening"]
    eventually(lambda: shown() == (1, 1))
    redis.stop()
    eventually(lambda: shown() == (0, 0))
    redis.start()
    eventually(lambda: shown() == (1, 1))


def test_ended_unknown_deny_needs_oidc_shared(gateways, redis, pool):
    for text, is_good in ((SHARED, True),
                          (SHARED.replace("oidc_shared fleet;", ""), False)):
        site = gateways(REDIS=redis.address, MORE=SECRET, ADMIN=ADMIN,
                        FRONT="80", STORE="cookie")
        site.write(text.replace("server @REDIS@;",
                                "server @REDIS@; ended_unknown deny;"))
        site.may_say = "ended_unknown deny"
        code, said = site.test()
        assert (code == 0) == is_good
        assert is_good or 'needs "oidc_shared fleet"' in said
