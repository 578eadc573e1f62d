# SPDX-License-Identifier: Apache-2.0
"""auth_oidc_status: what is counted, and how it is told."""

import base64
import re

import pytest

from crowd import together
from gateway import ROOT, eventually, let_pass
from prometheus import read
from visitor import NAVIGATION, bearer, send

SITE = """
    oidc_provider cognito { @PROVIDER@ @MORE@ }
    server {
        listen 127.0.0.1:@PORT@;
        location / { auth_oidc cognito; proxy_pass http://@UPSTREAM@; }
        location /api/ {
            auth_oidc cognito;
            auth_oidc_methods bearer;
            @RULE@
            proxy_pass http://@UPSTREAM@;
        }
        location /machines/ {
            auth_oidc cognito;
            auth_oidc_methods client_credentials;
            proxy_pass http://@UPSTREAM@;
        }
        location = /status { allow all; auth_oidc_status; }
    }
"""
TWO_WORKERS = "worker_processes 2;"
TEXT = "text/plain; version=0.0.4; charset=utf-8"


def status(site, provider="cognito"):
    answer = send("GET", site.url("/status"))
    assert answer.status == 200, answer
    return answer.json["providers"][provider]


def samples(site):
    """The Prometheus text: values by name and labels."""
    answer = send("GET", site.url("/status?format=prometheus"))
    assert answer.status == 200, answer
    return read(answer.text).samples


def value(site, name, **labels):
    labels.setdefault("provider", "cognito")
    return samples(site)["auth_oidc_" + name, frozenset(labels.items())]


def ask(site, token):
    return send("GET", site.url("/api/"), bearer(token))


# --- how it is told -----------------------------------------------------------

def test_status_json_has_providers_and_tables(gateway):
    answer = send("GET", gateway(SITE).url("/status"))
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert set(answer.json) == {"providers", "stores", "tables"}
    assert set(answer.json["providers"]["cognito"]) == {
        "requests", "refusals", "calls", "verdicts", "key_set"}


@pytest.mark.parametrize("query, accept, kind", [
    ("", "", "application/json"),
    ("", "*/*", "application/json"),
    ("", NAVIGATION["Accept"], "application/json"),
    ("?format=json", "text/plain", "application/json"),
    ("?format=prometheus", "", TEXT),
    ("?format=prometheus", "application/json", TEXT),
    ("", "text/plain", TEXT),
    ("", "application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.1", TEXT),
])
def test_status_format_follows_the_accept_header(gateway, query, accept, kind):
    headers = {"Accept": accept} if accept else {}
    answer = send("GET", gateway(SITE).url("/status" + query), headers)
    assert (answer.status, answer.headers["Content-Type"]) == (200, kind)


def test_status_by_head_has_no_body(gateway):
    site = gateway(SITE)
    answer = send("HEAD", site.url("/status"))
    assert (answer.status, answer.body) == (200, b"")
    assert int(answer.headers["Content-Length"]) > 100
    assert send("GET", site.url("/status")).status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_status_by_another_method_is_405(gateway, method):
    answer = send(method, gateway(SITE).url("/status"))
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")


def test_status_json_and_prometheus_have_the_same_values(gateway, pool):
    site = gateway(SITE)
    assert ask(site, pool.issue()).status == 200
    assert status(site)["requests"]["bearer"]["allowed"] == value(
        site, "requests_total", method="bearer", result="allowed") == 1


def test_status_without_a_provider_is_empty(gateway):
    site = gateway("""server { listen 127.0.0.1:@PORT@;
                               location / { auth_oidc_status; allow all; } }""")
    assert send("GET", site.url("/")).json == {
        "providers": {}, "stores": {}, "tables": []}
    text = send("GET", site.url("/?format=prometheus")).text
    assert read(text).samples == {}


def test_status_and_session_info_in_one_location_fail_nginx_t(gateways):
    site = gateways()
    site.write("""server { listen 127.0.0.1:@PORT@; location / {
                      auth_oidc_status; auth_oidc_session_info; } }""",
               "worker_processes 1;")
    site.expect("auth_oidc_session_info")
    code, said = site.test()
    assert code != 0 and "auth_oidc_session_info" in said


def test_status_can_be_protected(gateway):
    site = gateway("""
        oidc_provider cognito { @PROVIDER@ }
        server {
            listen 127.0.0.1:@PORT@;
            auth_oidc cognito;
            location / { auth_oidc_status; }
        }""")
    assert send("GET", site.url("/")).status == 401


# --- requests -----------------------------------------------------------------

def test_bearer_requests_are_counted_each_time(gateway, pool):
    site = gateway(SITE)
    token = pool.issue()
    for _ in range(5):
        assert ask(site, token).status == 200
    told = status(site)
    assert told["requests"]["bearer"]["allowed"] == 5
    assert told["requests"]["session"]["allowed"] == 0
    assert told["refusals"] == {}
    # When it comes again, it is known from then on.
    assert told["verdicts"] == {"remembered": 1, "checked": 1}


def test_requests_of_other_workers_are_counted(gateway, pool):
    """And one of them checks the token, if both ask."""
    site = gateway(SITE, main=TWO_WORKERS)
    token = pool.issue()
    assert ask(site, token).status == 200
    together(40, lambda: ask(site, token))
    told = status(site)
    assert told["requests"]["bearer"]["allowed"] == 41
    assert told["verdicts"]["checked"] == 1
    assert told["verdicts"]["remembered"] <= 2


@pytest.mark.parametrize("spoilt, reason", [
    ({"shift": {"exp": -7200}}, "token_expired"),
    ({"sign": "other"}, "signature_invalid"),
])
def test_refusals_are_counted_by_reason(gateway, pool, spoilt, reason):
    site = gateway(SITE)
    token = pool.issue(**spoilt)
    for _ in range(2):
        assert ask(site, token).reason == reason
    told = status(site)
    assert told["requests"]["bearer"]["refused"] == 2
    assert told["refusals"] == {reason: 2}
    assert value(site, "refusals_total", reason=reason) == 2


def test_refusal_by_a_rule_is_counted_as_refused(gateway, pool):
    """Who is known and may not is no allowed request."""
    site = gateway(SITE, RULE="auth_oidc_require $arg_key;")
    assert ask(site, pool.issue()).status == 403
    told = status(site)
    assert told["requests"]["bearer"]["refused"] == 1
    assert told["requests"]["bearer"]["allowed"] == 0
    assert told["refusals"] == {"rule_not_met": 1}


def test_request_without_a_credential_is_counted_as_none(gateway):
    site = gateway(SITE)
    assert send("GET", site.url("/api/")).status == 401
    told = status(site)
    assert told["requests"]["none"]["refused"] == 1
    assert told["refusals"] == {"credential_missing": 1}


def test_credential_not_enabled_is_counted_as_none(gateway):
    site = gateway(SITE)
    send("GET", site.url("/api/"), {"Authorization": "Basic MToy"})
    told = status(site)
    assert told["requests"]["none"]["refused"] == 1
    assert told["refusals"] == {"method_not_enabled": 1}


def test_login_is_counted_by_method_and_result(gateway, visitor, store):
    site = gateway(SITE, MORE=store)
    assert visitor.open(site.url("/")).status == 200
    assert visitor.get(site.url("/")).status == 200
    told = status(site)["requests"]
    assert told["none"]["redirected"] == 1
    assert told["authorization_code"]["redirected"] == 1
    assert told["session"]["allowed"] == 2


def test_refused_callback_is_counted(gateway, visitor):
    site = gateway(SITE)
    assert visitor.get(site.url("/oidc_callback?code=x")).status == 400
    told = status(site)
    assert told["requests"]["authorization_code"]["refused"] == 1
    assert told["refusals"] == {"state_missing": 1}


def test_logout_is_counted_as_redirected(gateway, visitor):
    site = gateway(SITE, MORE="logout_uri /logout;")
    visitor.open(site.url("/"))
    assert visitor.get(site.url("/logout")).status == 302
    assert status(site)["requests"]["session"]["redirected"] == 1


def test_invalid_session_is_counted_as_session(gateway, visitor):
    site = gateway(SITE)
    visitor.jar.put("NGX_OIDC_SESSION", "nonsense")
    assert visitor.script(site.url("/")).status == 401
    assert status(site)["requests"]["session"]["refused"] == 1


def test_unprotected_requests_are_not_counted(gateway):
    site = gateway(SITE)
    send("GET", site.url("/status"))
    assert all(count == 0 for results in status(site)["requests"].values()
               for count in results.values())


# --- calls --------------------------------------------------------------------

def calls(site, kind):
    return status(site)["calls"][kind]


def test_provider_calls_of_a_login_are_counted(gateway, visitor):
    site = gateway(SITE, MORE="userinfo on;")
    visitor.open(site.url("/"))
    for kind in ("discovery", "jwks", "token_code", "userinfo"):
        told = calls(site, kind)
        assert told["ok"] == 1, kind
        assert told["seconds"]["count"] == 1
        assert told["seconds"]["sum_microseconds"] > 0
    assert calls(site, "revoke")["ok"] == 0


def test_call_latency_is_counted_in_its_bucket(gateway, visitor, pool):
    pool.faults(token={"mode": "slow", "seconds": 0.6, "times": 1})
    site = gateway(SITE)
    visitor.open(site.url("/"))
    seconds = calls(site, "token_code")["seconds"]
    assert seconds["le"]["0.5"] == 0
    assert seconds["le"]["10"] == seconds["count"] == 1
    assert seconds["sum_microseconds"] >= 600_000


FAILURES = {
    "refused": {"mode": "status", "status": 400,
                "body": '{"error":"invalid_grant"}'},
    "unreachable": {"mode": "status", "status": 500},
    "throttled": {"mode": "status", "status": 429},
    "malformed": {"mode": "status", "status": 200, "body": "<html>"},
    "timeout": {"mode": "slow", "seconds": 2},
}


@pytest.mark.parametrize("result", FAILURES)
def test_failed_token_calls_are_counted_by_result(
        gateway, visitor, pool, result):
    site = gateway(SITE, MORE="timeout 1s;")
    url = visitor.callback_for(site.url("/"))
    pool.faults(token=FAILURES[result])
    assert visitor.get(url).status >= 400
    told = calls(site, "token_code")
    assert {word: told[word] for word in (*FAILURES, "ok")} == {
        word: int(word == result) for word in (*FAILURES, "ok")}
    assert told["seconds"]["count"] == 1


def test_failed_key_fetches_are_counted(gateway, pool):
    pool.faults(jwks={"mode": "status", "status": 500})
    site = gateway(SITE)
    site.said("idp_error")
    told = status(site)
    assert told["calls"]["discovery"]["ok"] == 1
    assert told["calls"]["jwks"]["unreachable"] >= 1
    assert told["calls"]["jwks"]["ok"] == 0
    assert told["key_set"] is None


def test_key_fetches_saved_by_single_flight_are_counted(gateway, pool):
    """As many wait for the keys as come before they are there."""
    pool.faults(jwks={"mode": "slow", "seconds": 3, "times": 1})
    token = pool.issue()
    site = gateway(SITE)
    answers = together(10, lambda: ask(site, token))
    assert {answer.status for answer in answers} == {200}
    assert pool.count("jwks") == 1
    told = calls(site, "jwks")
    assert told["ok"] == 1
    assert told["saved"] == {"cache": 0, "single_flight": 10}


def basic(name, secret):
    text = base64.b64encode(f"{name}:{secret}".encode()).decode()
    return {"Authorization": f"Basic {text}"}


def as_machine(site, pool, secret=None):
    client = pool.client()
    return send("GET", site.url("/machines/"),
                basic(client["id"], secret or client["secret"]))


def test_token_calls_saved_by_the_cache_are_counted(gateway, pool):
    site = gateway(SITE)
    for _ in range(5):
        assert as_machine(site, pool).status == 200
    told = status(site)
    assert told["requests"]["client_credentials"]["allowed"] == 5
    call = told["calls"]["token_client_credentials"]
    assert call["ok"] == pool.count("token.client_credentials") == 1
    assert call["saved"] == {"cache": 4, "single_flight": 0}
    assert value(site, "provider_calls_saved_total", by="cache",
                 call="token_client_credentials") == 4


def test_token_calls_saved_by_single_flight_are_counted(gateway, pool):
    pool.faults(token={"mode": "slow", "seconds": 3, "times": 1})
    site = gateway(SITE, main=TWO_WORKERS)
    answers = together(10, lambda: as_machine(site, pool))
    assert {answer.status for answer in answers} == {200}
    call = calls(site, "token_client_credentials")
    assert call["ok"] == 1
    assert call["saved"] == {"cache": 0, "single_flight": 9}


def test_cached_refusals_are_counted(gateway, pool):
    site = gateway(SITE)
    for _ in range(3):
        assert as_machine(site, pool, "wrong").status == 401
    told = status(site)
    assert told["requests"]["client_credentials"]["refused"] == 3
    assert told["refusals"] == {"credentials_refused": 3}
    call = told["calls"]["token_client_credentials"]
    assert call["refused"] == pool.count("token.client_credentials") == 1
    assert call["saved"]["cache"] == 2


@pytest.mark.slow
def test_refreshes_saved_by_single_flight_are_counted(
        gateway, pool, visitor, store):
    """Those who come while one of them asks wait for it."""
    pool.settings(access_token_validity=12, rotation=True)
    pool.faults(**{"token.refresh_token":
                   {"mode": "slow", "seconds": 3, "times": 1}})
    site = gateway(SITE, MORE=store)
    visitor.open(site.url("/"))
    let_pass(12)
    answers = together(10, lambda: visitor.get(site.url("/")))
    assert {answer.status for answer in answers} == {200}
    call = calls(site, "token_refresh")
    assert call["ok"] == pool.count("token.refresh_token") == 1
    assert call["saved"] == {"cache": 0, "single_flight": 9}


def test_revocation_is_counted(gateway, pool, visitor):
    site = gateway(SITE, MORE="logout_uri /logout;")
    visitor.open(site.url("/"))
    visitor.get(site.url("/logout"))
    assert calls(site, "revoke")["ok"] == 1


# --- state --------------------------------------------------------------------

def test_key_set_age_and_generation_are_reported(gateway, pool, fresh_keys):
    site = gateway(SITE, MORE="jwks_refresh 1s 1h;")
    ask(site, pool.issue())
    first = status(site)["key_set"]
    assert 0 <= first["age_seconds"] < 60
    pool.keys(action="rotate")
    eventually(lambda: ask(site, pool.issue()).status == 200)
    assert status(site)["key_set"]["generation"] > first["generation"]


def tables(site):
    return {table["table"]: table for table in
            send("GET", site.url("/status")).json["tables"]}


TABLES = set(re.findall(
    r"^[A-Z]+_TABLE\((\w+),",
    (ROOT / "src/ngx/worker/zone_tables.def").read_text(), re.M))


def test_table_sizes_are_reported(gateway, visitor, pool):
    site = gateway(SITE)
    before = tables(site)
    assert set(before) == TABLES
    visitor.open(site.url("/"))
    ask(site, pool.issue())
    now = tables(site)
    for name in ("sessions", "verdicts", "states"):
        assert before[name]["entries"] == 0
        assert now[name]["entries"] == 1, name
    assert now["documents"]["entries"] == 2
    assert all(0 <= t["used"] < t["capacity"] for t in now.values())


def test_session_count_decreases_at_a_logout(gateway, visitor):
    site = gateway(SITE, MORE="logout_uri /logout;")
    visitor.open(site.url("/"))
    visitor.get(site.url("/logout"))
    assert tables(site)["sessions"]["entries"] == 0


# --- reload -------------------------------------------------------------------

def test_reload_keeps_the_counters(gateway, pool):
    site = gateway(SITE)
    ask(site, pool.issue())
    site.reload()
    ask(site, pool.issue())
    assert status(site)["requests"]["bearer"]["allowed"] == 2


def test_counters_follow_the_provider_name_across_a_reload(gateway, pool):
    """A reload may put another provider in front of it."""
    site = gateway(SITE)
    ask(site, pool.issue())
    other = "oidc_provider first { issuer https://login.invalid; }\n"
    site.conf.write_text(site.conf.read_text().replace(
        "    oidc_provider cognito", f"    {other}    oidc_provider cognito"))
    site.reload()
    assert status(site)["requests"]["bearer"]["allowed"] == 1
    assert status(site, "first")["requests"]["bearer"]["allowed"] == 0


def test_counters_survive_a_killed_worker(gateway, pool):
    site = gateway(SITE)
    ask(site, pool.issue())
    site.kill_worker(site.workers[0])
    assert status(site)["requests"]["bearer"]["allowed"] == 1
