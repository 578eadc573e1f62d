# SPDX-License-Identifier: Apache-2.0
"""How Redis is reached: TLS, unix sockets, IPv6, a database, a password."""

import pytest

from gateway import free_port
from redis_server import Redis
from tls import Certificate


@pytest.fixture
def tls(tmp_path):
    (tmp_path / "client").mkdir()
    return Certificate(tmp_path / "client", "client.example")


@pytest.fixture
def tls_redis(tmp_path):
    """A Redis that speaks TLS and wants a certificate of its clients."""
    (tmp_path / "tls").mkdir()
    authority = Certificate(tmp_path / "tls", "redis.example")
    port = free_port(set())
    server = Redis(tmp_path / "redis", "--tls-port", str(port),
                   "--tls-cert-file", str(authority.cert),
                   "--tls-key-file", str(authority.key),
                   "--tls-ca-cert-file", str(authority.cert))
    yield authority, port
    server.stop()


def tls_settings(certificate, name="redis.example"):
    return f"""
        ssl on;
        ssl_name {name};
        ssl_trusted_certificate {certificate.cert};
        ssl_certificate {certificate.cert};
        ssl_certificate_key {certificate.key};
    """


def test_tls_with_certificates_on_both_sides(fleet, tls_redis, visitor):
    certificate, port = tls_redis
    site, = fleet(1, f"127.0.0.1:{port}",
                  store_more=tls_settings(certificate))
    assert visitor.open(site.url("/")).status == 200


def test_certificate_of_another_name_is_refused(fleet, tls_redis, visitor):
    certificate, port = tls_redis
    site, = fleet(1, f"127.0.0.1:{port}",
                  store_more=tls_settings(certificate, "other.example"))
    site.may_say = "session store"
    answer = visitor.get(site.url("/"))
    assert (answer.status, answer.reason) == (503, "store_unavailable")
    site.expect("certificate|SSL")


def test_certificate_of_an_unknown_authority_is_refused(
        fleet, tls_redis, visitor, tmp_path):
    certificate, port = tls_redis
    (tmp_path / "other").mkdir()
    stranger = Certificate(tmp_path / "other", "redis.example")
    site, = fleet(1, f"127.0.0.1:{port}", store_more=f"""
        ssl on;
        ssl_name redis.example;
        ssl_trusted_certificate {stranger.cert};
    """)
    site.may_say = "session store"
    assert visitor.get(site.url("/")).reason == "store_unavailable"
    site.expect("certificate|SSL")


def test_plain_text_to_a_server_with_tls_is_503(fleet, tls_redis, visitor):
    _, port = tls_redis
    site, = fleet(1, f"127.0.0.1:{port}")
    site.may_say = "session store"
    assert visitor.get(site.url("/")).reason == "store_unavailable"


def test_unix_socket(fleet, tmp_path, visitor):
    path = tmp_path / "redis.sock"
    server = Redis(tmp_path / "redis", "--unixsocket", str(path),
                   "--unixsocketperm", "777")
    try:
        site, = fleet(1, f"unix:{path}")
        assert visitor.open(site.url("/")).status == 200
    finally:
        server.stop()


def test_ipv6_address(fleet, tmp_path, visitor):
    server = Redis(tmp_path / "redis", "--bind", "127.0.0.1", "::1")
    try:
        site, = fleet(1, f"[::1]:{server.port}")
        assert visitor.open(site.url("/")).status == 200
    finally:
        server.stop()


def test_database_prefix_and_password_file(fleet, redis, visitor, tmp_path):
    redis.ask("CONFIG", "SET", "requirepass", "right")
    secret = tmp_path / "password"
    secret.write_text("right\n")
    secret.chmod(0o600)
    site, = fleet(1, redis.address, store_more=f"""
        password_file {secret};
        database 3;
        prefix staging;
    """)
    assert visitor.open(site.url("/")).status == 200
    redis.password = "right"
    assert redis.keys() == []
    assert b"db3:keys=2" in redis.ask("INFO", "keyspace")


@pytest.mark.parametrize("settings, complaint", [
    ("type redis;", 'type redis needs a "server"'),
    ("server 127.0.0.1;", 'a store of this type has no "server"'),
    ("type cookie; stale 1s;", 'a store of this type has no "stale"'),
    ("type redis; server cache:0;", "from 1 to 65535"),
    ("type redis; server cache:70000;", "from 1 to 65535"),
    ("type redis; server cache:x;", "from 1 to 65535"),
    ("type redis; server [::1;", 'no "]"'),
    ("type redis; server unix:redis.sock;", 'a path must follow "unix:"'),
    ("type redis; server redis://cache;", "not a URL"),
    ("type redis; server cache; prefix a*;", "1 to 64 letters"),
    ("type redis; server cache; database -1;", "it must be a number"),
    ("type redis; server cache; username edge;",
     'a "username" needs a "password_file"'),
    ("type redis; server cache; password_file missing;", "missing"),
    ("type redis; server cache; ssl_name a; ssl_certificate_key @TLS_KEY@;",
     "need each other"),
], ids=lambda value: value.replace("/", " ")[:40])
def test_mistake_is_named_by_nginx_t(refused, tls, settings, complaint):
    refused(f"oidc_session_store fleet {{ {settings} }}", complaint,
            TLS_KEY=tls.key)


def test_store_without_a_session_secret_is_named(refused):
    refused("""
        oidc_session_store fleet { type redis; server 127.0.0.1; }
        oidc_provider p { @PROVIDER@ session_store fleet; }
        server { listen 127.0.0.1:@PORT@; location / { auth_oidc p; } }
    """, 'session_store "fleet" is shared by several servers and needs a '
         "session_secret")
