# SPDX-License-Identifier: Apache-2.0
"""The provider's keys: fetched once, kept, renewed; unknown ones looked up
once in a while and no more."""

import pytest

from crowd import together
from gateway import eventually, let_pass
from visitor import bearer, send

KEYS = """
    oidc_provider cognito { @PROVIDER@ @MORE@ }
    server {
        listen 127.0.0.1:@PORT@;
        location / {
            auth_oidc cognito;
            auth_oidc_methods bearer;
            proxy_pass http://@UPSTREAM@;
        }
    }
"""
TWO_WORKERS = "worker_processes 2;"


def ask(site, token):
    return send("GET", site.url("/"), bearer(token))


def stranger(pool, kid="nobody"):
    return pool.issue(header={"kid": kid})


def test_keys_are_fetched_once_for_all_workers(gateway, pool):
    """AC-154, AC-167."""
    site = gateway(KEYS, main=TWO_WORKERS)
    answers = together(30, lambda: ask(site, pool.issue()), timeout=30)
    assert {answer.status for answer in answers} == {200}
    assert pool.count("discovery") == 1
    assert pool.count("jwks") == 1


def test_unknown_kid_is_refused(gateway, pool):
    """AC-018, AC-151."""
    site = gateway(KEYS)
    answer = ask(site, stranger(pool))
    assert (answer.status, answer.reason) == (401, "unknown_kid")


def test_unknown_kid_makes_one_fetch(gateway, pool):
    """AC-150."""
    site = gateway(KEYS)
    assert ask(site, pool.issue()).status == 200
    before = pool.count("jwks")
    ask(site, stranger(pool))
    assert pool.count("jwks") == before + 1


def test_flood_of_unknown_kids_makes_one_fetch(gateway, pool):
    """AC-151: over all workers, and good tokens still pass."""
    site = gateway(KEYS, main=TWO_WORKERS)
    assert ask(site, pool.issue()).status == 200
    before = pool.count("jwks")
    tokens = [stranger(pool, f"kid{i}") for i in range(30)]
    answers = together(30, lambda: ask(site, tokens.pop()), timeout=30)
    assert {answer.reason for answer in answers} == {"unknown_kid"}
    assert pool.count("jwks") == before + 1
    assert ask(site, pool.issue()).status == 200


def test_unknown_kid_of_another_issuer_makes_no_fetch(gateway, pool):
    """AC-308."""
    site = gateway(KEYS)
    assert ask(site, pool.issue()).status == 200
    before = pool.count("jwks")
    answer = ask(site, pool.issue(header={"kid": "x"},
                                  claims={"iss": "https://other"}))
    assert answer.reason == "iss_mismatch"
    assert pool.count("jwks") == before


def test_new_key_is_fetched_on_all_workers(gateway, pool, fresh_keys):
    """AC-150, AC-409."""
    site = gateway(KEYS, main=TWO_WORKERS)
    assert ask(site, pool.issue()).status == 200
    pool.keys(action="rotate", keep_old=True)
    token = pool.issue()
    assert {ask(site, token).status for _ in range(6)} == {200}


def test_old_key_is_accepted_while_it_is_listed(gateway, pool, fresh_keys):
    """AC-150."""
    site = gateway(KEYS)
    old = pool.issue()
    pool.keys(action="rotate", keep_old=True)
    assert [ask(site, token).status for token in (pool.issue(), old)] == \
        [200, 200]


def test_removed_key_is_refused_after_the_refresh_interval(
        gateway, pool, fresh_keys):
    """AC-070, AC-150."""
    site = gateway(KEYS, MORE="jwks_refresh 1s 1s;")
    old = pool.issue()
    assert ask(site, old).status == 200
    pool.keys(action="rotate", keep_old=False)
    answer = eventually(lambda: (a := ask(site, old)).status == 401 and a)
    assert answer.reason == "unknown_kid"


def test_key_set_without_keys_does_not_replace_the_old_one(gateway, pool):
    """AC-153."""
    site = gateway(KEYS, MORE="jwks_refresh 1s 1s;")
    assert ask(site, pool.issue()).status == 200
    pool.faults(jwks={"mode": "edit", "set": {"keys": []}})
    before = pool.count("jwks")
    eventually(lambda: pool.count("jwks") > before + 1)
    assert ask(site, pool.issue()).status == 200


def test_fetched_keys_outlive_the_request_that_waited(
        gateway, pool, fresh_keys):
    """AC-168: each of these fetches is for a request that then ends, most
    of them with their client gone; those that follow use what came."""
    site = gateway(KEYS, MORE="jwks_refresh 1s 1h;")
    old = pool.issue()
    assert ask(site, old).status == 200
    for _ in range(3):
        let_pass(1)
        pool.keys(action="rotate", keep_old=True)
        pool.faults(jwks={"mode": "slow", "seconds": 0.3, "times": 1})
        token, before = pool.issue(), pool.count("jwks")
        with pytest.raises(TimeoutError):
            send("GET", site.url("/"), bearer(token), timeout=0.1)
        eventually(lambda: pool.count("jwks") > before)
        assert [ask(site, one).status for one in (token, old) * 10] == \
            [200] * 20


FRESHNESS = [
    {"Cache-Control": "max-age=0, no-store", "Age": "99999"},
    {"Cache-Control": "max-age=31536000, immutable"},
    {"Cache-Control": "max-age=-1", "Expires": "yesterday"},
    {"Cache-Control": "max-age=99999999999999999999", "Age": "-5"},
]


def test_age_of_keys_ignores_the_response_headers(gateway, pool):
    """AC-162: neither sooner nor later than jwks_refresh says."""
    pool.faults(jwks=[{"mode": "edit", "headers": headers, "times": 1}
                      for headers in FRESHNESS])
    site = gateway(KEYS, MORE="jwks_refresh 2s 2s;")
    assert ask(site, pool.issue()).status == 200
    eventually(lambda: pool.count("jwks") > len(FRESHNESS), 30)
    times = [call["time"] for call in pool.calls("jwks")]
    pauses = [later - sooner for sooner, later in zip(times, times[1:])]
    assert min(pauses) > 0.9 and max(pauses) < 8, pauses


def test_old_keys_are_used_while_the_provider_fails(gateway, pool):
    """AC-152."""
    site = gateway(KEYS, MORE="jwks_refresh 1s 1s;")
    assert ask(site, pool.issue()).status == 200
    pool.faults(jwks={"mode": "status", "status": 500})
    before = pool.count("jwks")
    eventually(lambda: pool.count("jwks") > before)
    assert ask(site, pool.issue()).status == 200
    site.said("idp_error")


def test_keys_are_fetched_from_jwks_uri_without_discovery(gateway, pool):
    """With jwks_uri given, pure bearer needs no metadata."""
    jwks = f"jwks_uri {pool.issuer}/.well-known/jwks.json;"
    site = gateway(KEYS, MORE=f"""{jwks}
        authorization_endpoint @DOMAIN@/oauth2/authorize;
        token_endpoint @DOMAIN@/oauth2/token;""")
    assert ask(site, pool.issue()).status == 200
    assert pool.count("discovery") == 0


def test_key_set_survives_a_reload(gateway, pool):
    """AC-372: the new workers find it in shared memory."""
    site = gateway(KEYS)
    assert ask(site, pool.issue()).status == 200
    pool.listeners(service=False)
    site.reload()
    token = pool.control("POST", "/issue", {"kind": "m2m"})["token"]
    assert ask(site, token).status == 200
