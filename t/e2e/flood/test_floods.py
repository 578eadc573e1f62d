# SPDX-License-Identifier: Apache-2.0
"""Strangers fill nothing that others need: a flood of each kind on two
workers, in a zone that is small enough to be full of it, and a bystander.
With FLOOD_SECONDS each goes on for so long, and what was seen is a line of
results/floods.md beside the module."""

import base64
import os
import threading
import time
from collections import Counter
from itertools import count, islice

import pytest

from crowd import statuses
from flood import begin_logins, get, pour
from gateway import MODULE, eventually, let_pass
from logout_token import logout_token, tell
from visitor import basic, bearer, send

ZONE = "oidc_cache_zone @ZONE@;"
SITE = ZONE + """
    oidc_session_store memory { size @STORE@; }
    oidc_provider p {
        issuer @ISSUER@; client_id @CLIENT_ID@; client_secret @CLIENT_SECRET@;
        allowed_clients any; backchannel_logout_uri /back;
        jwks_refresh 1s 1h; @MORE@
    }
    server {
        listen 127.0.0.1:@PORT@;
        location / { auth_oidc p; proxy_pass http://@UPSTREAM@; }
        location /machines {
            auth_oidc p; auth_oidc_methods client_credentials;
            proxy_pass http://@UPSTREAM@;
        }
        location = /status { auth_oidc_status; allow all; }
    }
"""
TOKEN = "token.client_credentials"
SECONDS = float(os.environ.get("FLOOD_SECONDS", 0))


def tables(site):
    found = send("GET", site.url("/status")).json["tables"]
    return {one["table"]: one for one in found}


class Bystander:
    """Was there before the flood, and is served during and after it."""

    def __init__(self, site, pool, visitors):
        self.site, self.pool, self.visitors = site, pool, visitors
        self.known = pool.issue()
        machine = pool.client("machine")
        self.machine = basic(machine["id"], machine["secret"])
        self.number = 0
        self.slowest = 0.0
        self.session = self.log_in()
        assert self.by_token(self.known) == self.by_secret() == 200

    def log_in(self):
        self.number += 1
        self.pool.tamper(id={"claims": {"sid": f"sid-{self.number}"}})
        visitor = self.visitors()
        visitor.sid = f"sid-{self.number}"
        assert visitor.open(self.site.url("/")).status == 200
        return visitor

    def timed(self, ask, *more):
        begun = time.monotonic()
        answer = ask(*more)
        self.slowest = max(self.slowest, time.monotonic() - begun)
        return answer

    def by_token(self, token):
        return self.timed(send, "GET", self.site.url("/"),
                          bearer(token)).status

    def by_secret(self):
        return self.timed(send, "GET", self.site.url("/machines"),
                          self.machine).status

    def is_in(self, visitor):
        return self.timed(visitor.script, self.site.url("/")).status == 200

    def is_served(self):
        """Session, login, tokens, machine, and logouts by the provider."""
        assert self.is_in(self.session)
        other = self.log_in()
        assert self.is_in(other)
        assert self.by_token(self.known) == 200
        assert self.by_token(self.pool.issue()) == 200
        assert self.by_secret() == 200
        let_pass(1)  # a logout counts for what is older
        told = tell(self.site, logout_token(self.pool, sid=other.sid))
        assert told.status == 200, told
        assert not self.is_in(other)
        assert self.is_in(self.session)

    def is_served_during(self, flood):
        """So often until the flood is over, and once at least."""
        thread = threading.Thread(target=flood)
        thread.start()
        self.is_served()
        rounds = 1
        while thread.is_alive():
            self.is_served()
            rounds += 1
        thread.join()
        return rounds


def callbacks(port, many, response):
    return (get(f"/oidc_callback?{response}&state={state}",
                f"Cookie: {cookie}", "Sec-Fetch-Dest: document")
            for cookie, state in begin_logins(port, many))


NUMBERS = count()  # nothing is sent twice


def guesses(client):
    for number in NUMBERS:
        pair = base64.b64encode(f"{client}:guess-{number}".encode()).decode()
        yield get("/machines", f"Authorization: Basic {pair}")


def some(requests, many):
    return list(islice(requests, many))


def invented_codes(site, pool, many):
    return callbacks(site.port, many, "code=invented")


def errors(site, pool, many):
    return callbacks(site.port, many, "error=access_denied")


def wrong_secrets(site, pool, many):
    return some(guesses(pool.client("machine")["id"]), many)


def unknown_clients(site, pool, many):
    pairs = (base64.b64encode(f"{n:026d}:x".encode()).decode()
             for n in islice(NUMBERS, many))
    return [get("/machines", f"Authorization: Basic {p}") for p in pairs]


def navigations(site, pool, many):
    return [get(f"/{n}", "Accept: text/html", "Sec-Fetch-Mode: navigate",
                "Sec-Fetch-Dest: document") for n in islice(NUMBERS, many)]


def unknown_states(site, pool, many):
    return [get(f"/oidc_callback?code=x&state={n:032d}")
            for n in islice(NUMBERS, many)]


def unknown_sessions(site, pool, many):
    return [get("/", f"Cookie: NGX_OIDC_SESSION={n:043d}")
            for n in islice(NUMBERS, many)]


def forged_tokens(site, pool, many):
    head, payload, mac = pool.issue(header={"kid": "nobody"}).split(".")
    return [get("/", f"Authorization: Bearer {head}.{payload}.{n:0342d}")
            for n in islice(NUMBERS, many)]


def callbacks_of_nobody(site, pool, many):
    return [get(f"/oidc_callback?error=x&state={n}")
            for n in islice(NUMBERS, many)]


# Each with how many requests fill each table that it could fill.
FLOODS = {invented_codes: 1200, errors: 1200, wrong_secrets: 1000,
          unknown_clients: 1000, navigations: 3000, unknown_states: 3000,
          unknown_sessions: 3000, forged_tokens: 3000,
          callbacks_of_nobody: 3000}
# What each may leave behind in tables, beyond what has expired.
TRACES = {wrong_secrets: {"refusals"}, unknown_clients: {"refusals"}}


def note(flood, told, took, bystander, rounds):
    """One line of what was seen."""
    place = MODULE.parent / "results"
    place.mkdir(parents=True, exist_ok=True)
    with open(place / "floods.md", "a") as page:
        page.write(f"| {flood.__name__} | {sum(told.values()) / took:.0f} "
                   f"| {dict(sorted(told.items()))} | {rounds} "
                   f"| {bystander.slowest * 1000:.0f} ms |\n")


@pytest.mark.parametrize("flood", FLOODS, ids=lambda f: f.__name__)
def test_bystander_is_served_in_a_flood(gateway, pool, visitors, flood):
    """AC-419, AC-420, AC-421: no table keeps a trace that costs others."""
    site = gateway(SITE, main="worker_processes 2;", ZONE="1m", STORE="1m")
    bystander = Bystander(site, pool, visitors)
    before, told, took = tables(site), Counter(), 0.0

    def pour_some():
        nonlocal took
        begun = time.monotonic()
        told.clear()
        took = 0.0
        while not told or took < SECONDS:
            told.update(pour(site.port, flood(site, pool, FLOODS[flood])))
            took = time.monotonic() - begun
    pour_some()
    assert set(told) <= {302, 400, 401}, told
    after = tables(site)
    grown = {name for name in after
             if after[name]["entries"] > before[name]["entries"]}
    assert grown <= TRACES.get(flood, set()), after
    assert all(one["evictions"] == one["rejections"] == 0
               for name, one in after.items() if name not in grown)
    bystander.slowest = 0.0
    rounds = bystander.is_served_during(pour_some)
    assert set(told) <= {302, 400, 401}, told
    if SECONDS:
        note(flood, told, took, bystander, rounds)
    # Whatever a worker knows by itself is gone with it.
    calls = pool.count(TOKEN)
    site.reload()
    bystander.is_served()
    assert pool.count(TOKEN) == calls


def test_keys_are_fetched_while_strangers_hold_every_turn(
        gateway, pool, visitors, fresh_keys):
    """AC-421: wrong secrets at a slow provider."""
    many = 300
    site = gateway(SITE, main="worker_processes 2;", ZONE="256k", STORE="1m",
                   CONNECTIONS=4 * many,
                   MORE="timeout 9s; call_limit 1000;")
    bystander = Bystander(site, pool, visitors)
    assert tables(site)["flights"]["capacity"] < many
    pool.faults(**{TOKEN: {"mode": "slow", "seconds": 4}})
    before = pool.count(TOKEN)
    crowd = some(guesses(pool.client("machine")["id"]), many)
    told = []
    flood = threading.Thread(target=lambda: told.extend(
        statuses(site.port, crowd)))
    flood.start()
    eventually(lambda: pool.count(TOKEN) >= before + many // 2)
    let_pass(0.5)
    pool.keys(action="rotate", keep_old=True)
    assert bystander.by_token(pool.issue()) == 200
    assert bystander.by_secret() == 200
    flood.join()
    assert set(told) <= {401, 503}


def test_logouts_by_the_provider_are_accepted_when_their_table_is_full(
        gateway, pool, visitors):
    """AC-422: what began before the oldest one that is kept has ended."""
    site = gateway(SITE, main="worker_processes 2;", ZONE="1m", STORE="1m")
    bystander = Bystander(site, pool, visitors)
    named = bystander.log_in()
    let_pass(1)
    assert tell(site, logout_token(pool, sid=named.sid)).status == 200
    assert bystander.is_in(bystander.session)
    many = tables(site)["logouts"]["capacity"] + 1
    told = {tell(site, logout_token(pool, sid=f"other-{n}")).status
            for n in range(many)}
    assert told == {200}
    assert tables(site)["logouts"]["evictions"] >= 1
    for session in (named, bystander.session):
        assert not bystander.is_in(session)
    bystander.session = bystander.log_in()
    site.reload()
    bystander.is_served()


def test_logins_of_one_user_evict_no_session_of_another(
        gateway, pool, visitors):
    """AC-423: more of them than the store has room for."""
    limit = 5
    site = gateway(SITE, main="worker_processes 2;", ZONE="1m", STORE="256k",
                   MORE=f"session_limit {limit};")
    bystander = Bystander(site, pool, visitors)
    pool.settings(auto_login="john")
    for _ in range(80):
        used = bystander.log_in()
    pool.settings(auto_login="jane")
    sessions = tables(site)["sessions"]
    assert (sessions["entries"], sessions["evictions"]) == \
        (limit + 1, 80 - limit)
    assert bystander.is_in(used)
    bystander.is_served()


def test_session_limit_ends_the_least_recently_used_session(
        gateway, pool, visitors):
    """AC-423."""
    site = gateway(SITE, ZONE="1m", STORE="1m", MORE="session_limit 2;")
    bystander = Bystander(site, pool, visitors)
    second = bystander.log_in()
    let_pass(1)  # use is noted by the second
    assert bystander.is_in(bystander.session)
    third = bystander.log_in()
    assert [bystander.is_in(one) for one in
            (bystander.session, second, third)] == [True, False, True]


@pytest.mark.parametrize("flood", [invented_codes, wrong_secrets],
                         ids=lambda f: f.__name__)
def test_calls_of_strangers_are_limited_and_sessions_go_on(
        gateway, pool, visitors, flood):
    """AC-424: with three of four calls in progress no more are made; what
    sessions and known credentials need is."""
    site = gateway(SITE, ZONE="1m", STORE="1m",
                   MORE="call_limit 4; timeout 20s; logout_uri /logout;")
    bystander = Bystander(site, pool, visitors)
    waiting = bystander.log_in()
    url = waiting.callback_for_new(site.url("/page"))
    calls = {"mode": "slow", "seconds": 8, "times": 3}
    pool.faults(**{"token.authorization_code": calls, TOKEN: calls})
    before = pool.count("token")
    told = []
    crowd = threading.Thread(target=lambda: told.extend(statuses(
        site.port, list(flood(site, pool, 40)))))
    crowd.start()
    eventually(lambda: pool.count("token") == before + 3)
    late = send("GET", site.url("/machines"), basic("0" * 26, "x"))
    assert (late.status, late.reason) == (503, "call_limit_reached")
    assert int(late.headers["Retry-After"]) > 0
    put_off = waiting.get(url)
    assert (put_off.status, put_off.reason) == (503, "call_limit_reached")
    assert bystander.is_in(bystander.session)
    assert bystander.by_token(pool.issue()) == bystander.by_secret() == 200
    assert bystander.session.get(site.url("/logout")).status == 302
    assert pool.count("revoke") == 1
    assert pool.count("token") == before + 3
    crowd.join()
    assert set(told) <= {400, 401, 503} and told.count(503) == 37, told
    assert waiting.get(url).status == 302
