# SPDX-License-Identifier: Apache-2.0
"""Starting and ending it, from the command line."""

import datetime
import http.client
import json
import signal
import socket
import ssl
import subprocess
import sys

import pytest
from browser import Browser, Emulator, call
from conftest import PACKAGE_PARENT, cpu_seconds, finish, launch
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


def test_emulator_starts_within_two_seconds_of_cpu(tmp_path):
    process, _ = launch(tmp_path)
    assert cpu_seconds(process.pid) < 2
    finish(process, tmp_path)


def test_emulator_ends_at_once_while_calls_wait(tmp_path):
    process, ready = launch(tmp_path)
    control = ready["control_url"] + "/faults"
    call("POST", control, '{"jwks": {"mode": "slow", "seconds": 60}}')
    port = int(ready["service_url"].rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as waiting:
        waiting.sendall(f"GET /{ready['pool_id']}/.well-known/jwks.json"
                        " HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        while call("GET", ready["control_url"] + "/counters").json == {}:
            pass
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
    assert not (tmp_path / "ready.json").exists()


def test_configuration_file_replaces_the_defaults(tmp_path):
    config = tmp_path / "pool.json"
    config.write_text(json.dumps({
        "clients": [{"id": "mine", "secret": "s", "name": "mine",
                     "allowed_oauth_flows": ["client_credentials"],
                     "allowed_oauth_scopes": ["kongresource/scope1"]}],
        "settings": {"access_token_validity": 300}}))
    process, ready = launch(tmp_path, "--config", str(config),
                            "--pool-id", "eu-west-1_Abc123",
                            "--domain-host", "127.0.0.2")
    assert [client["id"] for client in ready["clients"]] == ["mine"]
    assert len(ready["users"]) > 2
    assert ready["issuer"].endswith("/eu-west-1_Abc123")
    assert ready["domain_url"].startswith("http://127.0.0.2:")
    reply = call("POST", ready["domain_url"] + "/oauth2/token",
                 "grant_type=client_credentials&client_id=mine"
                 "&client_secret=s",
                 {"Content-Type": "application/x-www-form-urlencoded"})
    assert reply.json["expires_in"] == 300
    finish(process, tmp_path)


@pytest.mark.parametrize("arguments, complaint", [
    (["--pool-id", "nonsense"], "not a pool id"),
    (["--config", "/nonexistent"], "cannot read"),
    (["--tls-cert", "/nonexistent"], "No such file"),
])
def test_command_line_mistakes_are_reported_in_one_line(arguments, complaint):
    done = subprocess.run([sys.executable, "-m", "emulator", *arguments],
                          cwd=PACKAGE_PARENT, capture_output=True, text=True,
                          timeout=10)
    assert done.returncode == 1
    assert complaint in done.stderr and done.stderr.count("\n") == 1


def certificate(directory) -> tuple[str, str]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "e")])
    now = datetime.datetime.utcnow()
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name) \
        .public_key(key.public_key()).serial_number(1) \
        .not_valid_before(now - datetime.timedelta(days=1)) \
        .not_valid_after(now + datetime.timedelta(days=1)) \
        .add_extension(x509.SubjectAlternativeName([
            x509.DNSName("localhost")]), False).sign(key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    paths = str(directory / "cert.pem"), str(directory / "key.pem")
    with open(paths[0], "wb") as file:
        file.write(made.public_bytes(pem))
    with open(paths[1], "wb") as file:
        file.write(key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()))
    return paths


def test_tls_is_served_on_both_origins(tmp_path):
    cert, key = certificate(tmp_path)
    process, ready = launch(tmp_path, "--host", "localhost", "--tls-cert",
                            cert, "--tls-key", key)
    context = ssl.create_default_context(cafile=cert)
    for origin, path, status in (
            ("service_url", f"/{ready['pool_id']}/.well-known/jwks.json",
             200), ("domain_url", "/oauth2/userInfo", 400)):
        assert ready[origin].startswith("https://localhost:")
        port = int(ready[origin].rpartition(":")[2])
        connection = http.client.HTTPSConnection("localhost", port,
                                                 timeout=5, context=context)
        connection.request("GET", path)
        assert connection.getresponse().status == status
        connection.close()
    assert ready["control_url"].startswith("http://")
    finish(process, tmp_path)


def test_certificate_changes_after_a_listener_pause(tmp_path):
    """Read when a socket is opened again, and not before."""
    cert, key = certificate(tmp_path)
    process, ready = launch(tmp_path, "--host", "localhost", "--tls-cert",
                            cert, "--tls-key", key)
    port = int(ready["service_url"].rpartition(":")[2])
    first = ssl.get_server_certificate(("localhost", port))
    certificate(tmp_path)
    assert ssl.get_server_certificate(("localhost", port)) == first
    for up in (False, True):
        call("POST", ready["control_url"] + "/listeners",
             body=json.dumps({"service": up}))
    assert ssl.get_server_certificate(("localhost", port)) != first
    finish(process, tmp_path)


def test_ready_file_describes_the_running_emulator(emulator):
    fresh = Emulator(call("GET", emulator.ready["control_url"] + "/").json)
    assert fresh.ready["issuer"] == emulator.ready["issuer"]
    assert "code" in fresh.authorize(Browser(), auto_login="jane").query
