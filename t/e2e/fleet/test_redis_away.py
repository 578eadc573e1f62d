# SPDX-License-Identifier: Apache-2.0
"""Redis is dead, slow, hostile, or is not the master: nobody is let in who
should not be, nobody is logged out, and it heals by itself."""

import socket
import threading

import pytest

from gateway import eventually, let_pass, polling
from redis_server import Redis
from visitor import SESSION, bearer, send


def forgiving(sites):
    for site in sites:
        site.may_say = "session store"
    return sites


def cookie(visitor):
    return {"Cookie": f"{SESSION}={visitor.session}"}


def is_unavailable(answer):
    """503 with Retry-After; no login is begun and no cookie removed."""
    assert answer.status == 503, answer
    assert answer.reason == "store_unavailable"
    assert int(answer.headers["Retry-After"]) > 0
    assert not answer.set_cookies and "Location" not in answer.headers
    return True


# --- dead --------------------------------------------------------------------

def test_dead_at_start_is_503_until_it_is_there(
        fleet, redis, pool, visitor):
    redis.kill()
    site, = forgiving(fleet(1, redis.address))
    assert is_unavailable(visitor.get(site.url("/")))
    assert send("GET", site.url("/"),
                bearer(pool.issue("access"))).status == 200
    redis.start()
    eventually(lambda: visitor.get(site.url("/")).status == 302)
    assert visitor.open(site.url("/")).status == 200


def test_known_session_continues_for_stale_while_redis_is_dead(
        fleet, redis, visitor, visitors):
    site, = forgiving(fleet(1, redis.address, store_more="stale 8s;"))
    visitor.open(site.url("/"))
    assert visitor.get(site.url("/")).status == 200
    redis.kill()
    for _ in polling(5):
        assert send("GET", site.url("/"), cookie(visitor)).status == 200
    assert is_unavailable(visitors().get(site.url("/")))
    let_pass(7)
    assert is_unavailable(visitor.get(site.url("/")))
    assert is_unavailable(visitor.script(site.url("/")))
    assert visitor.session


def test_lost_data_is_a_logout_and_no_error(fleet, redis, visitor):
    """A restart without persistence, or an eviction."""
    site, = forgiving(fleet(1, redis.address))
    visitor.open(site.url("/"))
    redis.ask("FLUSHALL")
    eventually(lambda: visitor.script(site.url("/")).status == 401)
    assert visitor.open(site.url("/")).status == 200


def test_logout_while_redis_is_dead_says_so(fleet, redis, visitor):
    site, = forgiving(fleet(1, redis.address))
    visitor.open(site.url("/"))
    redis.kill()
    assert is_unavailable(visitor.get(site.url("/logout")))
    assert visitor.session


def test_callback_while_redis_is_dead_keeps_the_code(
        fleet, redis, pool, visitor):
    site, = forgiving(fleet(1, redis.address))
    url = visitor.callback_for(site.url("/a"))
    redis.kill()
    eventually(lambda: visitor.get(url).status == 503)
    assert pool.count("token") == 0
    redis.start()
    eventually(lambda: visitor.get(site.url("/")).status == 302)


# --- slow --------------------------------------------------------------------

def test_silent_redis_delays_nobody_else(fleet, redis, visitor, visitors):
    """It keeps its connections and does not answer."""
    site, = forgiving(fleet(1, redis.address, store_more="stale 30s;"))
    visitor.open(site.url("/"))
    assert visitor.get(site.url("/")).status == 200
    redis.pause()
    stranger = visitors()
    for _ in polling(6):
        assert send("GET", site.url("/"), cookie(visitor)).status == 200
        assert stranger.get(site.url("/")).status in (302, 503)
    redis.go_on()
    eventually(lambda: stranger.get(site.url("/")).status == 302)
    assert stranger.open(site.url("/")).status == 200


def test_unknown_session_at_a_silent_redis_is_503(
        fleet, redis, visitor):
    first, second = forgiving(fleet(2, redis.address))
    visitor.open(first.url("/"))
    redis.pause()
    assert is_unavailable(visitor.get(second.url("/")))
    redis.go_on()
    eventually(lambda: visitor.get(second.url("/")).status == 200)


# --- changes are heard -------------------------------------------------------

def test_half_open_connection_makes_copies_uncertain(
        fleet, redis, visitor, visitors):
    """The connections were cut without a word: a logout elsewhere is seen."""
    first, second = forgiving(fleet(2, redis.address))
    visitor.open(first.url("/"))
    assert visitor.get(second.url("/")).status == 200
    for kind in ("normal", "pubsub"):
        redis.ask("CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes")
    kept = cookie(visitor)
    eventually(lambda: visitor.get(first.url("/logout")).status == 302)
    eventually(lambda: send("GET", second.url("/"), kept).status == 401)


def test_killed_worker_that_listened_is_replaced(fleet, redis, visitor):
    first, second = forgiving(fleet(
        2, redis.address, main="worker_processes 2;"))
    second.may_say = "session store|exited on signal 9"
    visitor.open(first.url("/"))
    kept = cookie(visitor)
    assert send("GET", second.url("/"), kept).status == 200
    for worker in second.living_workers():
        second.kill_worker(worker)
    eventually(lambda: send("GET", second.url("/"), kept).status == 200)
    let_pass(2)
    assert visitor.get(first.url("/logout")).status == 302
    eventually(lambda: send("GET", second.url("/"), kept).status == 401)


# --- not the master, not the password ----------------------------------------

def test_replica_is_left_for_the_master(fleet, redis, tmp_path, visitor):
    replica = Redis(tmp_path / "replica", "--replicaof", "127.0.0.1",
                    str(redis.port))
    try:
        site, = forgiving(fleet(1, f"{replica.address} {redis.address}"))
        eventually(lambda: visitor.open(site.url("/")).status == 200)
    finally:
        replica.stop()


def test_failover_by_hand_is_followed(fleet, redis, tmp_path, visitor):
    """The old master says READONLY: the other one is used, at once."""
    other = Redis(tmp_path / "other", "--replicaof", "127.0.0.1",
                  str(redis.port))
    try:
        first, second = forgiving(fleet(
            2, f"{redis.address} {other.address}"))
        visitor.open(first.url("/"))
        eventually(lambda: b"master_link_status:up" in other.ask("INFO"))
        eventually(lambda: other.keys())
        other.ask("REPLICAOF", "NO", "ONE")
        redis.ask("REPLICAOF", "127.0.0.1", other.port)
        eventually(lambda: visitor.get(second.url("/")).status == 200)
        visitor.jar.clear()
        eventually(lambda: visitor.get(first.url("/")).status == 302)
        eventually(lambda: visitor.open(second.url("/")).status == 200)
    finally:
        other.stop()


def test_wrong_password_is_503_and_is_named(fleet, redis, visitor):
    redis.ask("CONFIG", "SET", "requirepass", "right")
    site, = forgiving(fleet(1, redis.address, store_more="password wrong;"))
    assert is_unavailable(visitor.get(site.url("/")))
    site.expect("it refuses the user name or password")


def test_user_of_an_acl_needs_no_more_than_documented(
        fleet, redis, visitor):
    redis.ask("ACL", "SETUSER", "edge", "on", ">right", "resetchannels",
              "&__redis__:invalidate", "resetkeys", "~oidc:1:*", "-@all",
              *"+auth +role +ping +select +multi +exec +hsetnx +hgetall "
               "+hexists +hset +hdel +del +pexpire +pttl +set +get +zadd "
               "+zrange +zremrangebyscore +scan +client|id +client|tracking "
               "+subscribe".split())
    site, = fleet(1, redis.address,
                  store_more="username edge; password right;")
    assert visitor.open(site.url("/")).status == 200
    assert visitor.get(site.url("/logout")).status == 302


# --- hostile -----------------------------------------------------------------

class Impostor:
    """Answers whatever it likes to each command."""

    def __init__(self, answer):
        self.answer = answer
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,),
                             daemon=True).start()

    def _serve(self, client):
        with client:
            try:
                while client.recv(65536):
                    client.sendall(self.answer)
            except OSError:
                pass


@pytest.mark.parametrize("answer", [
    b"HTTP/1.1 400 Bad Request\r\n\r\n",
    b"+OK\r\n" * 50,
    b"*2147483647\r\n",
    b"$536870912\r\n" + b"x" * 100_000,
    b"*1\r\n" * 20,
    b"\x00" * 1000,
    b"-ERR no\r\n" * 50,
    b"*3\r\n$6\r\nmaster\r\n:1\r\n*0\r\n" * 50,
], ids=["http", "ok", "array", "bulk", "nested", "zeros", "errors",
        "master-and-noise"])
def test_impostor_lets_nobody_in_and_crashes_nothing(fleet, visitor, answer):
    impostor = Impostor(answer)
    site, = forgiving(fleet(1, impostor.address))
    visitor.jar.take("127.0.0.1", False, [
        f"{SESSION}=" + "A" * 43 + "; Path=/"])
    for _ in range(5):
        assert is_unavailable(visitor.get(site.url("/")))
    impostor.socket.close()


@pytest.mark.parametrize("change", ["other", "older", "cut", "swapped"])
def test_changed_record_is_no_session(
        fleet, redis, visitor, visitors, change):
    """A hostile Redis cannot make a session, nor bring an old one back."""
    site, = forgiving(fleet(1, redis.address))
    visitor.open(site.url("/"))
    name, = redis.keys("oidc:1:s:*")
    field, record = redis.ask("HGETALL", name)
    assert field == b"1"
    if change == "other":
        redis.ask("HSET", name, "1", record[:-1] + bytes([record[-1] ^ 1]))
    elif change == "older":  # under the number of a later generation
        redis.ask("HSET", name, "2", record)
    elif change == "cut":
        redis.ask("HSET", name, "1", record[:40])
    else:
        mallory = visitors()
        mallory.open(site.url("/"))
        other, = set(redis.keys("oidc:1:s:*")) - {name}
        redis.ask("HSET", name, "1", redis.ask("HGET", other, "1"))
    eventually(lambda: visitor.get(site.url("/")).status == 503)
    assert is_unavailable(visitor.get(site.url("/")))
    assert visitor.session
