# SPDX-License-Identifier: Apache-2.0
"""Sessions that several nginx share."""

from gateway import eventually


def test_session_begun_at_one_nginx_is_used_at_another(fleet, redis, visitor):
    first, second = fleet(2, redis.address)
    assert visitor.open(first.url("/a")).status == 200
    answer = visitor.get(second.url("/b"))
    assert answer.status == 200
    assert answer.sent("X-User") == ["jane"]


def test_hot_session_asks_redis_nothing(fleet, redis, visitor):
    first, second = fleet(2, redis.address)
    visitor.open(first.url("/"))
    for site in (first, second):
        assert visitor.get(site.url("/")).status == 200
    before = redis.calls().get("hgetall")
    for _ in range(20):
        for site in (first, second):
            assert visitor.get(site.url("/")).status == 200
    assert redis.calls().get("hgetall") == before


def test_logout_at_one_nginx_ends_the_session_at_another(
        fleet, redis, visitor, visitors):
    first, second = fleet(2, redis.address)
    visitor.open(first.url("/"))
    thief = visitors()
    thief.jar._kept = dict(visitor.jar._kept)
    assert thief.get(second.url("/")).status == 200
    assert visitor.get(first.url("/logout")).status == 302
    eventually(lambda: thief.script(second.url("/")).status == 401)


def test_made_up_cookie_writes_nothing(fleet, redis, visitor):
    first, = fleet(1, redis.address)
    visitor.jar.take("127.0.0.1", False, [
        "NGX_OIDC_SESSION=" + "A" * 43 + "; Path=/"])
    assert visitor.script(first.url("/")).status == 401
    assert visitor.get(first.url("/logout")).status == 302
    assert redis.keys() == []


def test_nothing_in_redis_is_readable(fleet, redis, visitor, pool):
    first, = fleet(1, redis.address)
    visitor.open(first.url("/"))
    dump = b"".join(
        key.encode() + redis.ask("DUMP", key) for key in redis.keys())
    assert redis.keys()
    for word in [b"jane", b"eyJ", visitor.session.encode(), b"cognito",
                 *(secret.encode() for secret in pool.secrets())]:
        assert word not in dump
