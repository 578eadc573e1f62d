# SPDX-License-Identifier: Apache-2.0
"""nginx-auth-oidc-check at providers and stores over TLS."""

import pytest

from diagnosis import CONF
from provider import Pool
from redis_server import Redis, Sentinel
from tls import Certificate

HERE = ("127.0.0.1", "127.0.0.2")
TRUST = "ssl_trusted_certificate @CA@;"


@pytest.fixture
def secure_pool(tmp_path):
    """Starts a pool with a certificate for `names`."""
    made = []

    def make(*names, days=(-1, 2)):
        folder = tmp_path / "secure"
        folder.mkdir()
        certificate = Certificate(folder, *names, days=days)
        made.append(Pool(folder, "--tls-cert", str(certificate.cert),
                         "--tls-key", str(certificate.key)))
        return certificate, made[-1]
    yield make
    for pool in made:
        pool.stop()


def look(examine, pool, **values):
    """Its redirect URI is another pool's, and not registered there."""
    return examine(ISSUER=pool.issuer, register=False, **values)


def test_good_certificate_is_no_fault(examine, secure_pool):
    certificate, pool = secure_pool(*HERE)
    found = look(examine, pool, MORE=TRUST, CA=certificate.cert)
    assert found.rows["tls"] == {"ok"}, found.printed
    assert found.faults == {"redirect_uri"}, found.printed
    assert "its certificate is good" in found.text


@pytest.mark.parametrize("names, days, more, said", [
    (HERE, (-1, 2), "", "set ssl_trusted_certificate"),
    (("other.example",), (-1, 2), TRUST, "that is in its certificate"),
    (HERE, (-3, -1), TRUST, "renew the certificate"),
    (HERE, (1, 2), TRUST, "check the clock"),
], ids=["self-signed", "another name", "expired", "not yet"])
def test_bad_certificate_is_a_fault(examine, secure_pool, names, days, more,
                                    said):
    certificate, pool = secure_pool(*names, days=days)
    found = look(examine, pool, MORE=more, CA=certificate.cert)
    assert found.faults == {"tls"} and found.status == 1, found.printed
    assert said in found.text, found.printed


@pytest.mark.parametrize("text", [None, "no certificate\n"])
def test_ca_that_cannot_be_read_is_a_fault(examine, tmp_path, text):
    file = tmp_path / "ca.pem"
    if text:
        file.write_text(text)
    found = examine(dumped=lambda dump: dump.replace(
        "profile cognito;", f"profile cognito; "
        f"ssl_trusted_certificate {file};"))
    assert found.faults == {"tls"}, found.printed
    assert "cannot be read" in found.text


def test_certificate_that_is_not_verified_is_a_note(examine, secure_pool):
    _, pool = secure_pool(*HERE)
    found = look(examine, pool, MORE="ssl_verify off;")
    assert found.rows["tls"] == {"note"}, found.printed


def test_plain_http_at_the_port_of_https_is_a_fault(
        examine, upstream):
    found = examine(ISSUER=f"https://127.0.0.1:{upstream.port}")
    assert found.faults == {"tls"}, found.printed
    assert "there is no TLS" in found.text


# --- Redis -------------------------------------------------------------------

STORE = """
    oidc_session_store fleet { type redis; @STORE@ }
"""
SECRET = "session_secret 0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a6978;"


@pytest.fixture
def redis(tmp_path):
    made = []

    def make(*settings):
        made.append(Redis(tmp_path / f"redis{len(made)}", *settings))
        return made[-1]
    yield make
    for one in made:
        one.stop()


def with_store(examine, store, **more):
    return examine(STORE + CONF, MORE="session_store fleet; " + SECRET,
                   STORE=store, **more)


def test_redis_that_answers_is_no_fault(examine, redis):
    found = with_store(examine, f"server {redis().address};")
    assert found.status == 0, found.printed
    assert found.rows["store"] == {"ok"} and "as master" in found.text


def test_redis_that_is_away_is_a_fault(examine, redis):
    server = redis()
    server.kill()
    found = with_store(examine, f"server {server.address};")
    assert found.faults == {"store"}, found.printed
    assert "cannot be reached" in found.text


def test_redis_that_does_not_answer_is_a_fault(examine, redis):
    server = redis()
    server.pause()
    found = with_store(examine, f"server {server.address};")
    assert found.faults == {"store"}, found.printed
    assert "no answer in time" in found.text


def test_password_of_redis_is_tried(examine, redis):
    server = redis("--requirepass", "the-right-password")
    found = with_store(examine, f"server {server.address}; "
                       "password the-right-password;",
                       hidden=["the-right-password"])
    assert found.status == 0, found.printed


@pytest.mark.parametrize("more, word", [
    ("password a-mistaken-password;", "WRONGPASS"), ("", "NOAUTH")])
def test_wrong_password_of_redis_is_a_fault(examine, redis, more, word):
    server = redis("--requirepass", "the-right-password")
    found = with_store(examine, f"server {server.address}; {more}",
                       hidden=["a-mistaken-password"])
    assert found.faults == {"store"}, found.printed
    assert f"refuses: {word}" in found.text


def test_redis_without_tls_is_a_fault_where_tls_is_configured(
        examine, redis):
    found = with_store(examine, f"server {redis().address}; ssl on;")
    assert found.faults == {"store"}, found.printed


def test_replica_alone_is_a_fault(examine, redis):
    master = redis()
    replica = redis("--replicaof", "127.0.0.1", str(master.port))
    found = with_store(examine, f"server {replica.address};")
    assert found.faults == {"store"}, found.printed
    assert "none of the servers is a master" in found.text


def test_sentinel_leads_to_the_master(examine, redis, tmp_path):
    master = redis()
    sentinel = Sentinel(tmp_path / "sentinel", master)
    try:
        good = with_store(examine, f"sentinel main {sentinel.address};")
        bad = with_store(examine, f"sentinel other {sentinel.address};")
    finally:
        sentinel.stop()
    assert good.status == 0 and master.address in good.text, good.printed
    assert bad.faults == {"store"}, bad.printed
    assert "knows no master other" in bad.text
