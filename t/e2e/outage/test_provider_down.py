# SPDX-License-Identifier: Apache-2.0
"""The provider is dead, slow, hostile or talks nonsense: nothing new is let
in, what was let in goes on, and all is well again by itself."""

import socket
import threading

import pytest

from gateway import eventually, polling
from provider import Pool
from sites import SITE
from tls import Certificate
from visitor import NAVIGATION, bearer, send

SHORT = "timeout 1s;"


def ask(site, token):
    return send("GET", site.url("/"), bearer(token))


def closed(answer, *reasons):
    """CLOSED: never 200, never a login."""
    assert answer.status == 503, answer
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.reason in reasons, answer.reason
    assert not answer.set_cookies


def recovers(site, token, within=15):
    assert eventually(lambda: ask(site, token).status == 200, within, 0.1)


@pytest.fixture
def dead(pool):
    """A pool whose service refuses connections until `alive()`."""
    pool.listeners(service=False)
    return lambda: pool.listeners(service=True)


# --- dead at start -----------------------------------------------------------

def test_nginx_starts_without_the_provider(gateway, dead):
    """AC-142."""
    site = gateway(SITE)
    status, said = site.test()
    assert status == 0, said
    assert send("GET", site.url("/open/")).status == 200


def test_bearer_token_without_keys_is_503(gateway, dead, pool, upstream):
    """AC-142, AC-256."""
    site = gateway(SITE)
    closed(ask(site, pool.issue()), "keys_unavailable", "idp_unreachable")
    assert not upstream.requests
    site.said("idp_unreachable")


def test_navigation_without_metadata_is_503_and_a_page(gateway, dead, visitor):
    """AC-142: a page that says so, and no login."""
    site = gateway(SITE)
    answer = visitor.get(site.url("/"))
    closed(answer, "idp_unreachable")
    assert "<h1>" in answer.text


def test_missing_credential_is_401_while_the_provider_is_down(
        gateway, dead, visitor):
    site = gateway(SITE)
    assert visitor.script(site.url("/")).status == 401


def test_malformed_token_is_401_while_the_provider_is_down(gateway, dead):
    """AC-308: nobody waits for its sake."""
    answer = ask(gateway(SITE), "rubbish")
    assert answer.status == 401


def test_bearer_and_login_recover_without_a_reload(
        gateway, dead, pool, visitor):
    """AC-142: bearer and login, no reload."""
    site = gateway(SITE)
    token = pool.issue()
    assert ask(site, token).status == 503
    dead()
    recovers(site, token)
    assert visitor.open(site.url("/")).status == 200


def test_every_worker_recovers(gateway, dead, pool):
    site = gateway(SITE, main="worker_processes 2;")
    token = pool.issue()
    assert {ask(site, token).status for _ in range(8)} == {503}
    dead()
    recovers(site, token)
    assert {ask(site, token).status for _ in range(12)} == {200}


def test_unreachable_provider_is_tried_with_pauses(gateway, pool):
    """AC-410: no storm, whatever comes in."""
    pool.faults(discovery={"mode": "status", "status": 500})
    site = gateway(SITE, main="worker_processes 2;")
    token = pool.issue()
    for _ in polling(2):
        ask(site, token)
    assert pool.count("discovery") <= 6


# --- dead later --------------------------------------------------------------

def test_sessions_and_cached_tokens_outlive_the_provider(
        gateway, pool, visitor, store):
    """AC-152: sessions, cached tokens, new tokens of known keys."""
    site = gateway(SITE, MORE=store)
    old, new = pool.issue(), pool.issue()
    assert visitor.open(site.url("/")).status == 200
    assert ask(site, old).status == 200
    pool.listeners(service=False, domain=False)
    assert visitor.get(site.url("/")).status == 200
    assert [ask(site, token).status for token in (old, new)] == [200, 200]


def test_login_while_the_token_endpoint_is_down_is_503(gateway, pool, visitor):
    site = gateway(SITE)
    url = visitor.callback_for(site.url("/"))
    pool.listeners(domain=False)
    answer = visitor.get(url)
    assert (answer.status, answer.reason) == (503, "idp_unreachable")
    assert answer.headers["Retry-After"]
    pool.listeners(domain=True)
    assert visitor.open(site.url("/")).status == 200


def test_callback_without_metadata_is_503_and_keeps_the_state(
        gateway, pool, visitor):
    """The state stays good: the same address succeeds later."""
    site = gateway(SITE, MORE="session_secret "
                   "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a6978;")
    url = visitor.callback_for(site.url("/"))
    assert site.stop() == []
    pool.listeners(service=False)
    site.start()
    answer = visitor.get(url)
    assert answer.status == 503
    pool.listeners(service=True)
    eventually(lambda: visitor.get(url).status == 302, 15, 0.2)
    assert visitor.get(site.url("/")).status == 200


# --- before the first answer -------------------------------------------------

def test_bearer_request_waits_for_the_first_fetch(gateway, pool):
    """AC-154."""
    pool.faults(discovery={"mode": "slow", "seconds": 1, "times": 1})
    site = gateway(SITE)
    assert ask(site, pool.issue()).status == 200
    assert pool.count("discovery") == 1


def test_navigation_waits_for_the_first_fetch(gateway, pool, visitor):
    pool.faults(discovery={"mode": "slow", "seconds": 1, "times": 1})
    site = gateway(SITE)
    assert visitor.get(site.url("/")).status == 302


def test_wait_for_a_slow_provider_is_bounded(gateway, pool):
    """AC-144."""
    pool.faults(discovery={"mode": "slow", "seconds": 60})
    site = gateway(SITE, MORE=SHORT)
    closed(ask(site, pool.issue()), "keys_unavailable", "idp_timeout")


def test_slow_provider_does_not_delay_other_requests(gateway, pool):
    """AC-144: on the same worker."""
    pool.faults(discovery={"mode": "slow", "seconds": 4})
    site = gateway(SITE)
    token = pool.issue()
    waiting = threading.Thread(target=lambda: ask(site, token))
    waiting.start()
    for _ in range(20):
        assert send("GET", site.url("/open/")).status == 200
    assert waiting.is_alive()
    waiting.join(15)


def test_client_that_leaves_during_a_fetch_harms_nothing(gateway, pool):
    """AC-155, AC-336: FIN and RST; the late answer finds nobody."""
    pool.faults(discovery={"mode": "slow", "seconds": 1, "times": 1})
    site = gateway(SITE)
    token = pool.issue()
    for linger in (None, b"\1\0\0\0\0\0\0\0"):
        client = socket.create_connection(("127.0.0.1", site.port))
        if linger:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        client.sendall(f"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: "
                       f"Bearer {token}\r\n\r\n".encode())
        client.close()
    recovers(site, token)


def test_nginx_quits_during_a_fetch(gateway, pool):
    """AC-376, AC-377."""
    pool.faults(discovery={"mode": "slow", "seconds": 60})
    site = gateway(SITE, MORE="timeout 60s;")
    eventually(lambda: pool.count("discovery") == 1)
    assert site.stop() == []
    site.process = None


def test_reload_during_a_fetch_answers_the_request(gateway, pool):
    """AC-376: the new workers ask again, the request is answered."""
    pool.faults(discovery={"mode": "slow", "seconds": 2, "times": 1})
    site = gateway(SITE)
    token = pool.issue()
    answers = []
    waiting = threading.Thread(target=lambda: answers.append(
        ask(site, token)))
    waiting.start()
    eventually(lambda: pool.count("discovery") == 1)
    site.reload()
    waiting.join(20)
    assert answers[0].status in (200, 503)
    recovers(site, token)


def test_worker_killed_during_a_fetch_is_replaced_at_once(gateway, pool):
    """AC-378: whoever takes its place fetches at once, not when what the
    dead one held would end (21 s), and nobody else does."""
    pool.faults(jwks={"mode": "slow", "seconds": 30, "times": 1})
    site = gateway(SITE)
    eventually(lambda: pool.count("jwks") == 1)
    site.kill_worker(site.workers[0])
    assert ask(site, pool.issue()).status == 200
    assert pool.count("jwks") == 2


# --- nonsense ----------------------------------------------------------------

NONSENSE = {
    "AC-145 cut": ({"mode": "cut"}, "idp_malformed"),
    "AC-145 reset": ({"mode": "reset"}, "idp_"),
    "AC-141 html": ({"mode": "html"}, "idp_malformed"),
    "AC-141 garbage": ({"mode": "garbage"}, "idp_malformed"),
    "AC-141 empty": ({"mode": "empty"}, "idp_malformed"),
    "AC-141 an array": ({"mode": "status", "status": 200, "body": "[]"},
                        "idp_malformed"),
    "AC-062 deep": ({"mode": "status", "status": 200,
                     "body": '{"a":' * 5000}, "idp_malformed"),
    "AC-141 huge": ({"mode": "huge"}, "idp_too_large"),
    "AC-147 redirect": ({"mode": "redirect"}, "idp_error"),
    "500": ({"mode": "status", "status": 500}, "idp_error"),
    "404": ({"mode": "status", "status": 404}, "idp_error"),
    "AC-410 429": ({"mode": "throttle"}, "idp_throttled"),
    "AC-144 slow": ({"mode": "slow", "seconds": 2}, "idp_timeout"),
    "AC-144 drip": ({"mode": "drip", "bytes": 8, "seconds": 0.1},
                    "idp_timeout"),
}


@pytest.mark.parametrize("kind", ["discovery", "jwks"])
@pytest.mark.parametrize("case", NONSENSE, ids=str)
def test_invalid_provider_document_is_503_until_it_is_valid(
        gateway, pool, kind, case):
    """Once, then it makes sense again."""
    fault, reason = NONSENSE[case]
    times = 2 if fault["mode"] == "reset" else 1  # a GET is tried twice
    pool.faults(**{kind: {**fault, "times": times}})
    site = gateway(SITE, MORE=SHORT)
    token = pool.issue()
    answer = ask(site, token)
    closed(answer, "keys_unavailable", "idp_timeout")
    site.said(reason + r"\w*")
    recovers(site, token)


DOCUMENTS = {
    "AC-138 another issuer": ({"issuer": "https://evil.example"},
                              "discovery_mismatch"),
    "AC-138 issuer with a slash": ({"issuer": "@/"}, "discovery_mismatch"),
    "AC-138 issuer is null": ({"issuer": None}, "discovery_mismatch"),
    "AC-139 http endpoint": ({"jwks_uri": "http://10.1.2.3/keys"}, ""),
    "AC-139 file": ({"jwks_uri": "file:///etc/passwd"}, ""),
    "AC-139 userinfo": ({"jwks_uri": "https://u:p@a.example/"}, ""),
    "AC-140 a number": ({"jwks_uri": "http://2130706433/keys"}, ""),
    "no jwks_uri": ({"jwks_uri": None}, ""),
}


@pytest.mark.parametrize("case", DOCUMENTS, ids=str)
def test_metadata_with_forbidden_urls_is_refused(gateway, pool, case):
    """AC-404: other hosts are fine, other issuers and schemes are not."""
    changes, reason = DOCUMENTS[case]
    pool.faults(discovery={"mode": "edit", "times": 1, "set": {
        name: value and value.replace("@", pool.issuer)
        for name, value in changes.items()}})
    site = gateway(SITE)
    token = pool.issue()
    closed(ask(site, token), "keys_unavailable")
    site.said(reason or r"\w+")
    recovers(site, token)


@pytest.mark.parametrize("url", ["http://10.1.2.3/", "", "/logout",
                                 "https://a.example/#x"])
def test_unusable_endpoint_costs_that_endpoint_alone(
        gateway, pool, visitor, url):
    """AC-139: it is not used, and the log names it."""
    pool.faults(discovery={"mode": "edit", "set": {
        "end_session_endpoint": url, "userinfo_endpoint": url}})
    site = gateway(SITE)
    assert visitor.open(site.url("/")).status == 200
    assert ask(site, pool.issue()).status == 200
    for member in ("end_session_endpoint", "userinfo_endpoint"):
        assert f"the metadata's {member} is not used" in site.log()


def test_login_without_a_usable_token_endpoint_is_refused(
        gateway, pool, visitor):
    pool.faults(discovery={"mode": "edit", "set": {
        "token_endpoint": "http://10.1.2.3/"}})
    site = gateway(SITE)
    answer = visitor.get(visitor.callback_for(site.url("/")))
    assert answer.reason == "endpoint_missing"
    assert ask(site, pool.issue()).status == 200


def test_metadata_of_another_issuer_is_named_with_ours(gateway, pool):
    pool.faults(discovery={"mode": "edit", "times": 1,
                           "set": {"issuer": pool.issuer + "/"}})
    site = gateway(SITE)
    line = site.said("discovery_mismatch")
    assert f'"{pool.issuer}/"' in line and f'"{pool.issuer}"' in line


def test_metadata_with_a_changed_issuer_is_not_taken(gateway, pool, visitor):
    """AC-161: another issuer later on; the old document is kept."""
    site = gateway(SITE, MORE="jwks_refresh 1s 1s;")
    assert visitor.open(site.url("/")).status == 200
    pool.faults(discovery={"mode": "edit",
                           "set": {"issuer": "https://evil.example"}})
    site.said("discovery_mismatch", 10)
    assert ask(site, pool.issue()).status == 200
    visitor.jar.clear()
    assert visitor.open(site.url("/")).status == 200


# --- certificates ------------------------------------------------------------

@pytest.fixture(scope="session")
def secure_pools(tmp_path_factory):
    """Pools over TLS by the names and days of their certificate."""
    made = {}

    def make(*names, days=(-1, 2)):
        key = (names, days)
        if key not in made:
            directory = tmp_path_factory.mktemp("secure")
            certificate = Certificate(directory, *names, days=days)
            made[key] = certificate, Pool(
                directory, "--tls-cert", str(certificate.cert),
                "--tls-key", str(certificate.key))
        return made[key]
    yield make
    for _, pool in made.values():
        pool.stop()


HERE = ("127.0.0.1", "127.0.0.2")
TRUST = "ssl_trusted_certificate @CA@;"


@pytest.mark.parametrize("names, days, more, status", [
    (HERE, (-1, 2), TRUST, 200),
    (HERE, (-1, 2), "", 503),
    (HERE, (-1, 2), "ssl_verify off;", 200),
    (("other.example",), (-1, 2), TRUST, 503),
    (("other.example",), (-1, 2), "ssl_verify off;", 200),
    (HERE, (-3, -1), TRUST, 503),
], ids=["trusted", "self-signed", "ssl_verify off", "another name",
        "another name, ssl_verify off", "expired"])
def test_provider_certificate_is_verified(
        gateway, secure_pools, names, days, more, status):
    """AC-148, AC-386."""
    certificate, pool = secure_pools(*names, days=days)
    site = gateway(SITE, ISSUER=pool.issuer, MORE=more, CA=certificate.cert)
    token = pool.issue()
    answer = ask(site, token)
    assert answer.status == status
    if status == 503:
        site.said("idp_tls")


def test_login_at_a_provider_over_tls_succeeds(gateway, secure_pools, visitor):
    """AC-148: for the token endpoint too."""
    certificate, pool = secure_pools(*HERE)
    pool.settings(auto_login="jane")
    site = gateway(SITE, ISSUER=pool.issuer, MORE=TRUST, CA=certificate.cert)
    pool.allow(site.url("/oidc_callback"))
    assert visitor.open(site.url("/")).status == 200


@pytest.mark.parametrize("revoked, status", [(True, 503), (False, 200)])
def test_revoked_provider_certificate_is_refused(
        gateway, secure_pools, tmp_path, revoked, status):
    """AC-149."""
    certificate, pool = secure_pools(*HERE)
    serial = certificate.made.serial_number + (0 if revoked else 1)
    crl = certificate.revocations(tmp_path / "crl.pem", serial)
    site = gateway(SITE, ISSUER=pool.issuer, CA=certificate.cert,
                   MORE=TRUST + f"ssl_crl {crl};")
    assert ask(site, pool.issue()).status == status
    if revoked:
        site.said("idp_tls")


# --- names and proxies -------------------------------------------------------


def test_provider_name_that_does_not_resolve_is_503(gateway):
    """AC-143: no resolver has to be configured, and nothing blocks."""
    site = gateway(SITE, ISSUER="https://no-such-host.invalid/pool",
                   MORE="timeout 2s;")
    answer = send("GET", site.url("/"), NAVIGATION, timeout=10)
    assert answer.status == 503
    assert send("GET", site.url("/open/")).status == 200


def test_provider_that_never_answers_is_503(gateway, pool):
    """AC-144."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        site = gateway(SITE, ISSUER=f"http://127.0.0.1:{port}/pool",
                       MORE=SHORT)
        closed(ask(site, pool.issue()), "keys_unavailable", "idp_timeout")


def test_provider_calls_go_through_the_proxy(gateway, pool, upstream):
    site = gateway(SITE, MORE="proxy http://@UPSTREAM@;")
    assert ask(site, pool.issue()).status == 503  # it answers nonsense
    assert upstream.requests[0]["uri"] == \
        pool.issuer + "/.well-known/openid-configuration"
    assert pool.count("discovery") == 0
