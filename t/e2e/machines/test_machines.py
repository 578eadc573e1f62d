# SPDX-License-Identifier: Apache-2.0
"""Machines: id and secret by Basic become a token."""

import re
import threading
import time
from collections import Counter

import pytest

from crowd import statuses
from gateway import eventually, polling
from h2wire import H2
from visitor import NAVIGATION, basic, send
from wire import Wire, request

# Row S2: nothing is configured but the issuer.
SITE = """
    oidc_provider machines {
        issuer @ISSUER@; profile cognito; timeout 30s;
        @MORE@
    }
    server {
        listen 127.0.0.1:@PORT@;
        listen 127.0.0.1:@PORT2@ http2;
        auth_oidc machines;
        auth_oidc_methods client_credentials;
        location / {
            auth_oidc_set_header X-Seen "$oidc_authenticated/$oidc_method";
            auth_oidc_set_header X-User $oidc_user;
            auth_oidc_set_header X-Client $oidc_client_id;
            auth_oidc_set_header X-Scope $oidc_scope;
            auth_oidc_set_header X-Left $oidc_expires_in;
            @RULE@
            proxy_pass http://@UPSTREAM@;
        }
        location /one/ {
            auth_oidc_require_scope kongresource/scope1;
            proxy_pass http://@UPSTREAM@;
        }
        location /off/ {
            auth_oidc_upstream_token off;
            proxy_pass http://@UPSTREAM@;
        }
        location /quick { empty_gif; }
    }
"""
TWO = "worker_processes 2; worker_rlimit_nofile 8192;"
TOKEN = "token.client_credentials"
REALM = 'Bearer realm="127.0.0.1"'


@pytest.fixture
def machine(pool):
    client = pool.client("machine")
    return basic(client["id"], client["secret"])


@pytest.fixture
def stale(pool):
    """The right id and a secret that is not right any more."""
    return basic(pool.client("machine")["id"], "an-old-secret")


def ask(site, credential, path="/", method="GET"):
    return send(method, site.url(path), credential, timeout=60)


def refused(answer):
    assert answer.status == 401, answer
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.json == {"error": "invalid_token",
                           "message": "Unauthorized"}
    assert answer.challenge.startswith(f'{REALM}, error="invalid_token"')


# --- good -------------------------------------------------------------------

def test_client_id_and_secret_are_exchanged_for_a_token(gateway, pool, machine):
    site = gateway(SITE)
    answer = ask(site, machine)
    assert answer.status == 200
    scheme, _, token = answer.sent("Authorization")[0].partition(" ")
    assert scheme == "Bearer" and token.count(".") == 2
    assert not answer.set_cookies
    assert pool.count("token") == 1


def test_variables_describe_the_client(gateway, pool, machine):
    site = gateway(SITE)
    answer = ask(site, machine, "/one/")
    assert answer.status == 200
    answer = ask(site, machine)
    client = pool.client("machine")["id"]
    assert answer.sent("X-Seen") == ["1/client_credentials"]
    assert answer.sent("X-User") == [client]
    assert answer.sent("X-Client") == [client]
    assert "kongresource/scope1" in answer.sent("X-Scope")[0].split()
    assert 3500 < int(answer.sent("X-Left")[0]) <= 3600


def test_token_request_is_client_credentials_by_basic(gateway, pool, machine):
    site = gateway(SITE)
    ask(site, machine, "/one/")
    call, = pool.calls("token")
    client = pool.client("machine")
    assert call["form"] == {"grant_type": "client_credentials",
                            "scope": "kongresource/scope1"}
    assert call["basic"] == [client["id"], client["secret"]]


def test_client_secret_of_a_caller_is_not_sent_upstream(
        gateway, pool, machine, upstream):
    """AC-245: whatever is said about the token."""
    site = gateway(SITE)
    assert ask(site, machine).status == 200
    assert ask(site, machine, "/off/").sent("Authorization") == []
    seen = str(upstream.requests)
    assert machine["Authorization"] not in seen
    assert pool.client("machine")["secret"] not in seen


def test_token_request_has_the_scope_of_the_location(gateway, pool, machine):
    site = gateway(SITE, RULE="auth_oidc_require_scope kongresource/scope2;")
    assert ask(site, machine).status == 200
    assert ask(site, machine, "/one/").status == 200
    assert [call["form"]["scope"] for call in pool.calls("token")] == [
        "kongresource/scope2", "kongresource/scope1"]


def test_token_request_omits_user_scopes_of_the_provider(
        gateway, pool, machine):
    site = gateway(SITE, MORE='scope "openid email kongresource/scope2";')
    assert ask(site, machine).status == 200
    assert pool.calls("token")[0]["form"]["scope"] == "kongresource/scope2"


def test_token_request_authenticates_by_post_if_configured(
        gateway, pool, machine):
    site = gateway(SITE, MORE="client_id any; client_secret of-our-own; "
                   "client_auth_method post;")
    assert ask(site, machine).status == 200
    call, = pool.calls("token")
    assert call["basic"] is None
    assert call["form"]["client_secret"] == pool.client("machine")["secret"]


def test_client_id_not_allowed_is_refused(gateway, pool, machine):
    site = gateway(SITE, MORE="allowed_clients somebody-else;")
    answer = ask(site, machine)
    refused(answer)
    assert answer.reason == "client_id_mismatch"
    me = pool.client("machine")["id"]
    other = gateway(SITE, MORE=f"allowed_clients somebody-else {me};")
    assert ask(other, machine).status == 200


# --- bad --------------------------------------------------------------------

def test_wrong_client_id_and_secret_are_401(gateway, pool, upstream):
    site = gateway(SITE)
    answer = ask(site, basic("1", "1"))
    refused(answer)
    assert answer.reason == "credentials_refused"
    assert not upstream.requests
    assert pool.count("token") == 1, "the provider was asked"


@pytest.mark.parametrize("status", [400, 401])
def test_invalid_client_with_status_400_or_401_is_401(
        gateway, pool, stale, status):
    pool.settings(invalid_client_status=status)
    site = gateway(SITE)
    refused(ask(site, stale))


def test_client_without_the_grant_is_401(gateway, pool):
    client = pool.client("client-token")
    site = gateway(SITE)
    refused(ask(site, basic(client["id"], client["secret"])))


def test_scope_not_granted_is_403(gateway, machine, upstream):
    site = gateway(SITE, RULE="auth_oidc_require_scope kongresource/other;")
    answer = ask(site, machine)
    assert answer.status == 403
    assert 'error="insufficient_scope", ' in answer.challenge
    assert 'scope="kongresource/other"' in answer.challenge
    assert not upstream.requests


def test_scope_refused_by_the_provider_is_403(gateway, pool, machine):
    pool.settings(m2m_unassigned_scope="error")
    site = gateway(SITE, RULE="auth_oidc_require_scope kongresource/other;")
    answer = ask(site, machine)
    assert answer.status == 403
    assert 'scope="kongresource/other"' in answer.challenge


@pytest.mark.parametrize("spoiled", [
    {"sign": "other"}, {"sign": "none"}, {"sign": "hs256"},
    {"shift": {"exp": -7200}}, {"remove": ["exp"]},
    {"claims": {"iss": "https://elsewhere.example"}},
    {"claims": {"client_id": "somebody-else"}}])
def test_unverifiable_token_of_the_provider_is_503(
        gateway, pool, machine, upstream, spoiled):
    site = gateway(SITE)
    pool.tamper(m2m=spoiled, times=None)
    answer = ask(site, machine)
    assert answer.status == 503
    assert answer.reason == "idp_malformed"
    assert not upstream.requests


# --- missing and malformed --------------------------------------------------

def test_request_without_a_client_secret_is_401(gateway, pool, upstream):
    site = gateway(SITE)
    answer = ask(site, {})
    assert answer.status == 401
    assert answer.challenge == REALM
    assert not upstream.requests and not pool.count("token")


@pytest.mark.parametrize("header", [{}, basic("1", "1")])
def test_navigation_to_a_machine_location_is_401_and_no_login(gateway, header):
    site = gateway(SITE)
    assert send("GET", site.url("/"),
                {**NAVIGATION, **header}).status == 401


MALFORMED = ["Basic", "Basic ", "Basic MTox,MTox", "Basic M",
             "Basic MQ==", "Basic MQA6MQ==", "Basic !!!!", "MTox", ""]


@pytest.mark.parametrize("value", MALFORMED)
def test_malformed_basic_credential_is_400(gateway, pool, upstream, value):
    """AC-294."""
    site = gateway(SITE)
    with Wire(site.port) as wire:
        answer = wire.ask(request(headers=[f"Authorization: {value}"]))
    assert answer.status == 400, value
    assert answer.challenge.startswith(f'{REALM}, error="invalid_request"')
    assert not upstream.requests and not pool.count("token")


def test_basic_credential_after_several_blanks_is_read(gateway, machine):
    """RFC 9110 11.4: auth-scheme 1*SP credentials."""
    site = gateway(SITE)
    value = machine["Authorization"].replace(" ", "   ")
    with Wire(site.port) as wire:
        answer = wire.ask(request(headers=[f"Authorization: {value}"]))
    assert answer.status == 200


def test_two_basic_headers_are_400(gateway, pool):
    """nginx itself refuses them, and logs them."""
    site = gateway(SITE)
    line = f"Authorization: {basic('1', '1')['Authorization']}"
    with Wire(site.port) as wire:
        answer = wire.ask(request(headers=[line, line]))
    assert answer.status == 400
    assert not pool.count("token")


@pytest.mark.parametrize("user, password", [("", "x"), ("x", "")])
def test_incomplete_basic_credential_makes_no_token_request(
        gateway, pool, user, password):
    site = gateway(SITE)
    refused(ask(site, basic(user, password)))
    assert not pool.count("token")


def test_bearer_token_is_401_where_only_basic_is_enabled(gateway, pool):
    site = gateway(SITE)
    answer = ask(site, {"Authorization": f"Bearer {pool.issue()}"})
    refused(answer)
    assert answer.reason == "method_not_enabled"


def test_basic_credential_is_judged_over_http2(gateway, pool, machine, stale):
    site = gateway(SITE)

    def heads(credential):
        return [(name.lower(), value) for name, value in credential.items()]
    with H2(site.ports["PORT2"]) as h2:
        good, bad, none, malformed = h2.wait(
            h2.request("/", headers=heads(machine)),
            h2.request("/", headers=heads(stale)),
            h2.request("/"),
            h2.request("/", headers=[("authorization", "Basic M")]))
    assert [one.status for one in (good, bad, none, malformed)] == [
        200, 401, 401, 400]
    assert b"Bearer " in good.body
    assert machine["Authorization"].encode() not in good.body
    assert 'error="invalid_token"' in bad.headers["www-authenticate"]
    assert none.headers["www-authenticate"] == REALM
    assert 'error="invalid_request"' in malformed.headers["www-authenticate"]


# --- once -------------------------------------------------------------------

def test_repeated_credential_makes_one_token_request(gateway, pool, machine):
    site = gateway(SITE, main=TWO)
    assert {ask(site, machine).status for _ in range(40)} == {200}
    assert pool.count("token") == 1


def test_thousand_simultaneous_requests_make_one_token_request(
        gateway, pool, machine):
    """On two workers, all connected and waiting before the call ends."""
    site = gateway(SITE, main=TWO, CONNECTIONS=4096)
    pool.faults(**{TOKEN: {"mode": "slow", "seconds": 3}})
    line = f"Authorization: {machine['Authorization']}"
    many = [request("/quick", headers=[line])] * 1000
    assert Counter(statuses(site.port, many)) == {200: 1000}
    assert pool.count("token") == 1


def test_thousand_simultaneous_refusals_make_one_token_request(
        gateway, pool, stale):
    site = gateway(SITE, main=TWO, CONNECTIONS=4096)
    pool.faults(**{TOKEN: {"mode": "slow", "seconds": 3}})
    line = f"Authorization: {stale['Authorization']}"
    many = [request("/quick", headers=[line])] * 1000
    assert Counter(statuses(site.port, many)) == {401: 1000}
    assert pool.count("token") == 1


@pytest.mark.slow
def test_slow_token_request_does_not_delay_other_credentials(
        gateway, pool, machine):
    site = gateway(SITE)
    pool.faults(**{TOKEN: {"mode": "slow", "seconds": 5, "times": 1}})
    slow = threading.Thread(target=ask, args=(site, machine))
    slow.start()
    eventually(lambda: pool.count("token") == 1)
    client = pool.client()
    assert ask(site, basic(client["id"], client["secret"])).status == 200
    assert slow.is_alive()
    slow.join()


def leader_and_waiter(site, pool, credential):
    """One request whose call is under way, and one that waits behind it;
    also the worker that has the first."""
    line = f"Authorization: {credential['Authorization']}"
    leader, waiter = Wire(site.port), Wire(site.port, timeout=60)
    leader.send(request("/quick?leader", headers=[line]))
    eventually(lambda: pool.count("token") == 1)
    waiter.send(request("/quick?waiter", headers=[line]))
    eventually(lambda: "GET /quick?waiter" in site.text("debug.log"))
    seen = re.search(r"\[debug\] (\d+)#\d+: .*GET /quick\?leader",
                     site.text("debug.log"))
    return leader, waiter, int(seen[1])


def test_requests_waiting_for_a_client_that_left_are_served(
        gateway, pool, machine):
    site = gateway(SITE, main=TWO)
    pool.faults(**{TOKEN: {"mode": "slow", "seconds": 20, "times": 1}})
    leader, waiter, _ = leader_and_waiter(site, pool, machine)
    leader.close()
    assert waiter.receive().status == 200
    waiter.close()
    assert pool.count("token") == 2


@pytest.mark.slow
def test_requests_waiting_for_a_worker_that_died_are_served(
        gateway, pool, machine):
    """Those that wait in the other one, that is; and at once, not when what
    the dead one held would end (31 s)."""
    site = gateway(SITE, main=TWO)
    pool.faults(**{TOKEN: {"mode": "slow", "seconds": 60, "times": 1}})
    leader, waiter, worker = leader_and_waiter(site, pool, machine)
    site.kill_worker(worker)
    line = f"Authorization: {machine['Authorization']}"
    with Wire(site.port, timeout=20) as another:
        another.send(request("/quick", headers=[line]))
        assert another.receive().status == 200
    assert pool.count("token") == 2
    leader.close()
    waiter.close()


# --- for seconds ------------------------------------------------------------

def test_refused_secret_is_cached_for_seconds(gateway, pool, stale):
    site = gateway(SITE, main=TWO)
    polls = 0
    for _ in polling(3):
        refused(ask(site, stale))
        polls += 1
    assert pool.count("token") == 1, f"of {polls}"


@pytest.mark.slow
def test_refused_secret_is_tried_again_after_seconds(gateway, pool, stale):
    site = gateway(SITE)
    refused(ask(site, stale))
    eventually(lambda: ask(site, stale).status == 401
               and pool.count("token") == 2, 15, 0.5)


def test_throttled_token_request_is_503_and_not_cached(gateway, pool, machine):
    """AC-410."""
    site = gateway(SITE)
    pool.faults(**{TOKEN: {"mode": "throttle"}})
    answer = ask(site, machine)
    assert answer.status == 503
    assert answer.reason == "idp_throttled"
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.challenge is None
    for _ in range(20):
        assert ask(site, machine).status == 503
    assert pool.count("token") < 10, "no storm"
    pool.faults(**{TOKEN: None})
    eventually(lambda: ask(site, machine).status == 200, 10, 0.2)


@pytest.mark.parametrize("fault", [
    {"mode": "reset"}, {"mode": "status"}, {"mode": "garbage"},
    {"mode": "html"}, {"mode": "empty"}, {"mode": "cut"}, {"mode": "redirect"},
    {"mode": "huge", "bytes": 2_000_000}])
def test_faulty_token_response_is_503(
        gateway, pool, machine, upstream, fault):
    site = gateway(SITE)
    pool.faults(**{TOKEN: fault})
    answer = ask(site, machine)
    assert answer.status == 503, answer
    assert answer.headers["Retry-After"]
    assert not upstream.requests
    pool.faults(**{TOKEN: None})
    eventually(lambda: ask(site, machine).status == 200, 10, 0.2)


def test_cached_credential_is_accepted_while_the_provider_is_down(
        gateway, pool, machine):
    site = gateway(SITE, main=TWO)
    assert ask(site, machine).status == 200
    pool.listeners(service=False, domain=False)
    client = pool.client()
    assert {ask(site, machine).status for _ in range(20)} == {200}
    assert ask(site, basic(client["id"], client["secret"])).status == 503
    pool.listeners(service=True, domain=True)
    eventually(lambda: ask(site, basic(client["id"], client["secret"])
                           ).status == 200, 15, 0.5)


def test_token_cache_off_makes_a_token_request_each_time(
        gateway, pool, machine, stale):
    site = gateway(SITE, MORE="token_cache off;")
    assert {ask(site, machine).status for _ in range(3)} == {200}
    assert pool.count("token") == 3
    for _ in range(5):
        refused(ask(site, stale))
    assert pool.count("token") == 4, "polling locks nobody out"


def test_token_cache_ttl_limits_the_age_of_a_token(gateway, pool, machine):
    site = gateway(SITE, MORE="token_cache_ttl 1s;")
    assert ask(site, machine).status == 200
    eventually(lambda: ask(site, machine).status == 200
               and pool.count("token") == 2, 10, 0.3)


@pytest.mark.slow
def test_expired_cached_token_is_replaced(gateway, pool, machine):
    pool.settings(access_token_validity=4)
    site = gateway(SITE, MORE="token_cache_ttl 1h; leeway 0s;")
    assert ask(site, machine).status == 200
    first = ask(site, machine).sent("Authorization")
    time.sleep(5)
    answer = ask(site, machine)
    assert answer.status == 200
    assert answer.sent("Authorization") != first
