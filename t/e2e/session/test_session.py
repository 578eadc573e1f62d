# SPDX-License-Identifier: Apache-2.0
"""A session's life: its limits, whose it is, where it is good."""

import os
import signal

import pytest

from gateway import eventually, let_pass
from sites import COOKIE_STORE, SECRET, SITE
from visitor import NAVIGATION, SESSION, send

OTHER = "ffeeddccbbaa99887766554433221100ffeeddccbbaa9988"
TWO_WORKERS = "worker_processes 2;"


def logged_in(site, visitor, path="/"):
    answer = visitor.open(site.url(path))
    assert answer.status == 200, answer
    return answer


def is_in(site, visitor):
    return visitor.get(site.url("/")).status == 200


def why_not(site, visitor):
    """What a script is told of this browser's session."""
    answer = visitor.script(site.url("/"))
    assert answer.status == 401
    return answer.reason


# --- limits ------------------------------------------------------------------

def test_session_expires_when_idle(gateway, visitor, store):
    """AC-194."""
    site = gateway(SITE, MORE=store + "session_idle_timeout 1s;")
    logged_in(site, visitor)
    let_pass(2)
    assert why_not(site, visitor) == "session_expired"


@pytest.mark.slow
def test_session_in_use_does_not_expire_when_idle(gateway, visitor, store):
    """AC-194."""
    site = gateway(SITE, MORE=store + "session_idle_timeout 3s;")
    logged_in(site, visitor)
    for _ in range(5):
        let_pass(1)
        assert is_in(site, visitor)


def test_session_in_use_expires_at_session_timeout(gateway, visitor, store):
    """AC-195: whatever happens."""
    site = gateway(SITE, MORE=store + "session_timeout 2s;")
    logged_in(site, visitor)
    assert is_in(site, visitor)
    eventually(lambda: not is_in(site, visitor), 5)


def test_expired_session_is_401_to_a_script(gateway, visitor):
    site = gateway(SITE, MORE="session_timeout 1s;")
    logged_in(site, visitor)
    answer = eventually(lambda: (a := visitor.script(site.url("/"))).status
                        == 401 and a, 5)
    assert answer.challenge == 'Bearer realm="127.0.0.1"'


def test_expired_session_expires_its_cookie(gateway, visitor, store):
    """AC-192: NO-SESSION, by the navigation that logs in again."""
    site = gateway(SITE, MORE=store + "session_timeout 1s;")
    logged_in(site, visitor)
    let_pass(1)
    visitor.start(site.url("/"))
    assert SESSION not in visitor.jar.names()


def test_late_401_removes_no_cookie(gateway, visitor, store):
    """U14, U27: it could meet the cookie of a newer session, or of another
    port of the host."""
    site = gateway(SITE, MORE=store + "session_timeout 1s;")
    logged_in(site, visitor)
    let_pass(1)
    answer = visitor.script(site.url("/"))
    assert answer.status == 401
    assert not answer.set_cookies
    assert SESSION in visitor.jar.names()


# --- whose it is -------------------------------------------------------------

def test_login_creates_a_new_session_id(gateway, visitor):
    """AC-170: a session that was there before does not revive."""
    site = gateway(SITE)
    logged_in(site, visitor)
    first = visitor.session
    visitor.jar.put(SESSION, first)
    visitor.open(visitor.callback_for_new(site.url("/")))
    assert visitor.session != first
    visitor.jar.put(SESSION, first)
    assert not is_in(site, visitor)


@pytest.mark.parametrize("planted", ["A" * 43, "", "x", "attacker"])
def test_session_id_set_by_another_is_not_used(
        gateway, visitor, planted, store):
    """AC-170: session fixation."""
    site = gateway(SITE, MORE=store)
    visitor.jar.put(SESSION, planted)
    logged_in(site, visitor)
    assert visitor.session != planted


def test_login_replaces_a_session_of_another_user(gateway, visitors, pool):
    """AC-170, AC-203: the victim's login ends it."""
    site = gateway(SITE)
    attacker, victim = visitors(), visitors()
    logged_in(site, attacker)
    victim.jar.put(SESSION, attacker.session)
    pool.settings(auto_login="john")
    url = victim.callback_for_new(site.url("/"))
    assert victim.open(url).sent("X-User") == ["john"]
    assert victim.session != attacker.session
    assert not is_in(site, attacker)


def test_login_as_another_user_changes_the_identity(
        gateway, visitor, pool, store):
    """AC-203."""
    site = gateway(SITE, MORE=store)
    logged_in(site, visitor)
    visitor.jar.clear("127.0.0.2")  # the provider's
    pool.settings(auto_login="john")
    answer = visitor.open(visitor.callback_for_new(site.url("/")))
    assert answer.sent("X-User") == ["john"]
    assert answer.sent("X-Email") == ["john@example.com"]


def test_users_in_turn_on_one_worker_are_not_mixed(
        gateway, visitors, pool, store):
    """AC-244: in turn, on one worker."""
    site = gateway(SITE, MORE=store)
    jane, john = visitors(), visitors()
    logged_in(site, jane)
    pool.settings(auto_login="john")
    logged_in(site, john)
    for _ in range(5):
        assert jane.get(site.url("/")).sent("X-User") == ["jane"]
        assert john.get(site.url("/")).sent("X-User") == ["john"]


def test_bad_bearer_token_beside_a_session_is_401(gateway, visitor):
    """AC-298: no silent fall-back."""
    site = gateway(SITE)
    logged_in(site, visitor)
    answer = visitor.get(site.url("/"), Authorization="Bearer a.b.c")
    assert answer.status == 401
    assert is_in(site, visitor)


def test_bearer_token_beside_a_bad_session_is_accepted(gateway, visitor, pool):
    """AC-298."""
    site = gateway(SITE, RULE="auth_oidc_set_header X-M $oidc_method;")
    visitor.jar.put(SESSION, "nonsense")
    answer = visitor.get(site.url("/"),
                         Authorization=f"Bearer {pool.issue('access')}")
    assert answer.sent("X-M") == ["bearer"]


def test_basic_credential_beside_a_session_is_401(gateway, visitor):
    """AC-246: a credential that is not enabled is refused too."""
    site = gateway(SITE)
    logged_in(site, visitor)
    answer = visitor.get(site.url("/"), Authorization="Basic MToy")
    assert (answer.status, answer.reason) == (401, "method_not_enabled")


# --- where it is good --------------------------------------------------------

SERVERS = """
    oidc_provider cognito { @PROVIDER@ @MORE@ }
    server {
        listen 127.0.0.1:@PORT@;
        location / { auth_oidc cognito; proxy_pass http://@UPSTREAM@; }
    }
    server {
        listen 127.0.0.1:@PORT2@;
        location / { auth_oidc cognito; proxy_pass http://@UPSTREAM@; }
    }
"""


def test_two_servers_do_not_share_a_session(gateway, visitor, store):
    """AC-204: though they share the provider and the secret."""
    site = gateway(SERVERS, MORE=store)
    logged_in(site, visitor)
    answer = visitor.script(site.url("/", "PORT2"))
    assert answer.status == 401
    assert answer.reason in ("session_invalid", "session_expired")


def test_hosts_of_one_server_do_not_share_a_session(gateway, visitor, store):
    """AC-204: replayed under another Host."""
    site = gateway(SITE, MORE=store)
    logged_in(site, visitor)
    cookie = visitor.jar.header("127.0.0.1", "/", False)
    for host, status in (("other.example", 302),
                         (f"127.0.0.1:{site.port}", 200)):
        answer = send("GET", site.url("/"), {
            **NAVIGATION, "Cookie": cookie, "Host": host})
        assert answer.status == status


TWO_PROVIDERS = """
    large_client_header_buffers 4 32k;
    oidc_provider a { @PROVIDER@ @MORE@ cookie_name S; redirect_uri /back_a; }
    oidc_provider b { @PROVIDER@ @MORE@ cookie_name T; redirect_uri /back_b; }
    server {
        listen 127.0.0.1:@PORT@;
        location /a/ { auth_oidc a; proxy_pass http://@UPSTREAM@; }
        location /b/ { auth_oidc b; proxy_pass http://@UPSTREAM@; }
    }
"""


def test_providers_do_not_share_a_session(gateway, visitor, pool, store):
    """AC-123, AC-173: one's cookie under the other one's name."""
    site = gateway(TWO_PROVIDERS, MORE=store)
    pool.allow(site.url("/back_a"), site.url("/back_b"))
    logged_in(site, visitor, "/a/")
    cookie = visitor.jar.value("S")
    answer = send("GET", site.url("/b/"),
                  {**NAVIGATION, "Cookie": f"T={cookie}"})
    assert answer.status == 302
    assert logged_in(site, visitor, "/b/").json["uri"] == "/b/"
    assert visitor.get(site.url("/a/")).status == 200


# --- workers, reload, secrets ------------------------------------------------

def test_session_is_accepted_by_every_worker(gateway, visitor, store):
    site = gateway(SITE, MORE=store, main=TWO_WORKERS)
    logged_in(site, visitor)
    assert all(is_in(site, visitor) for _ in range(20))


def test_reload_keeps_sessions(gateway, visitor, store):
    """AC-372."""
    site = gateway(SITE, MORE=store)
    logged_in(site, visitor)
    site.reload()
    assert is_in(site, visitor)


def test_reload_keeps_logins_under_way(gateway, visitor, store):
    """AC-373."""
    site = gateway(SITE, MORE=store)
    url = visitor.callback_for(site.url("/"))
    site.reload()
    assert visitor.open(url).status == 200


def test_login_survives_a_killed_worker(gateway, visitor, store):
    """AC-378: between redirect and callback."""
    site = gateway(SITE, MORE=store)
    url = visitor.callback_for(site.url("/"))
    site.kill_worker(site.workers[0])
    assert visitor.open(url).status == 200


def test_sessions_survive_a_killed_worker(gateway, visitor, store):
    """AC-368."""
    site = gateway(SITE, MORE=store, main=TWO_WORKERS)
    logged_in(site, visitor)
    for pid in site.workers:
        site.kill_worker(pid)
    assert is_in(site, visitor)


def test_worker_killed_during_the_exchange_lets_another_finish(
        gateway, visitor, pool):
    """AC-378, AC-289: the provider had not taken the code yet."""
    pool.faults(token={"mode": "slow", "seconds": 30, "times": 1})
    site = gateway(SITE)
    url = visitor.callback_for(site.url("/"))
    headers = {**NAVIGATION,
               "Cookie": visitor.jar.header("127.0.0.1", "/", False)}
    with pytest.raises(OSError):
        send("GET", url, headers, timeout=0.3)
    site.kill_worker(site.workers[0])
    assert visitor.get(url).status == 302
    assert visitor.get(site.url("/")).status == 200


def change(site, old, new):
    site.conf.write_text(site.conf.read_text().replace(old, new))


@pytest.mark.parametrize("kind", ["", "session_store cookie;"])
def test_session_sealed_by_a_listed_old_secret_is_accepted(
        gateway, visitor, kind):
    """AC-175: old ones open as long as they are listed."""
    site = gateway(SITE, MORE=SECRET + kind)
    under_way = visitor.callback_for(site.url("/"))
    old = SECRET.split()[1].rstrip(";")
    change(site, SECRET, f"session_secret {OTHER} {old};")
    site.reload()
    assert visitor.open(under_way).status == 200
    assert is_in(site, visitor)


def test_session_sealed_by_a_dropped_secret_is_refused(gateway, visitor):
    """AC-175: then it is no session, and never an error page."""
    site = gateway(SITE, MORE=COOKIE_STORE)
    logged_in(site, visitor)
    change(site, SECRET, f"session_secret {OTHER};")
    site.reload()
    assert why_not(site, visitor) == "session_invalid"
    logged_in(site, visitor)


def test_session_secret_is_read_from_a_file(gateway, visitor, tmp_path):
    """AC-160, AC-335."""
    path = tmp_path / "secrets"
    path.write_text(f"{OTHER}\r\n{OTHER[::-1]}\n")
    site = gateway(SITE, MORE=f"session_store cookie; session_secret_file "
                   f"{path};")
    logged_in(site, visitor)
    assert is_in(site, visitor)


def test_restart_keeps_sealed_sessions(gateway, gateways, visitor):
    """The cookie store needs nothing but its secret."""
    site = gateway(SITE, MORE=COOKIE_STORE)
    logged_in(site, visitor)
    assert site.stop() == []
    site.start()
    assert is_in(site, visitor)


def test_restart_loses_sessions_in_memory(gateway, visitor):
    """AC-197: NO-SESSION, no error."""
    site = gateway(SITE)
    logged_in(site, visitor)
    assert site.stop() == []
    site.start()
    assert why_not(site, visitor) == "session_expired"


SMALL = """
    oidc_session_store small { type memory; size 256k; }
"""


def test_full_store_drops_the_oldest_session(gateway, visitors):
    """AC-198, AC-366."""
    site = gateway(SMALL + SITE, MORE="session_store small;")
    people = [visitors() for _ in range(60)]
    for one in people:
        logged_in(site, one)
    assert not is_in(site, people[0])
    assert is_in(site, people[-1])


def test_nginx_starts_after_its_master_was_killed(gateway, visitor):
    """AC-369: a new one starts on what the old one left."""
    site = gateway(SITE)
    logged_in(site, visitor)
    workers = site.workers
    site.process.kill()
    site.process.wait()
    for pid in workers:
        os.kill(pid, signal.SIGKILL)
    eventually(lambda: not any(os.path.exists(f"/proc/{pid}")
                               for pid in workers))
    site.start()
    assert visitor.get(site.url("/")).status == 302


SHARED = """
    oidc_provider a { @PROVIDER@ @MORE@ cookie_name S; }
    oidc_provider b { @PROVIDER@ @MORE@ cookie_name T; }
    server {
        listen 127.0.0.1:@PORT@;
        location /a/ { auth_oidc a; proxy_pass http://@UPSTREAM@; }
        location /b/ { auth_oidc b; proxy_pass http://@UPSTREAM@; }
    }
"""


@pytest.mark.parametrize("path", ["/a/", "/b/"])
def test_providers_sharing_a_callback_are_told_apart_by_state(
        gateway, visitor, path):
    """AC-123: the default one; the state tells whose it is."""
    site = gateway(SHARED)
    assert logged_in(site, visitor, path).json["uri"] == path
