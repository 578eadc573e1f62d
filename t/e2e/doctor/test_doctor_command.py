# SPDX-License-Identifier: Apache-2.0
"""The command line of nginx-auth-oidc-check: where the configuration is from,
which servers use a provider, and the exit status."""

import os
import subprocess

import pytest

from diagnosis import CONF, PROGRAM, diagnose
from gateway import NGINX, ROOT

MISSPELT = "client_secret misplaced0secret0in0quotes"


def test_dump_is_read_from_the_standard_input(examine):
    found = examine(dumped=lambda text: text)
    assert found.status == 0 and found.rows["secret"] == {"ok"}, found.printed


def test_without_a_provider_there_is_nothing_to_check(examine):
    found = examine("server { listen 127.0.0.1:@PORT@; }")
    assert found.status == 2
    assert "the configuration has no oidc_provider" in found.text


def test_configuration_that_nginx_refuses_is_not_quoted(examine):
    found = examine(MORE=MISSPELT, hidden=["misplaced0secret0in0quotes"])
    assert found.status == 2, found.printed
    assert "nginx -T fails, in /" in found.text


@pytest.mark.parametrize("given", ["", "# configuration file /a:\nhttp { \\"])
def test_other_text_is_not_read(given):
    assert diagnose("-", input=given).status == 2


def test_missing_nginx_is_said():
    found = diagnose("--nginx", "/nowhere/nginx")
    assert found.status == 2 and "cannot be run" in found.text


def test_unknown_argument_is_refused():
    assert diagnose("--no-such-option").status == 2


def test_files_that_are_included_are_read(examine, tmp_path, pool):
    folder = tmp_path / "conf"
    folder.mkdir()
    (folder / "b.conf").write_text(f"issuer {pool.issuer}/; # {{ \"\n")
    (folder / "a.conf").write_text(
        'client_id "2lqm8o7or9hfrq0t6eofhqj88i" ; profile cognito;')
    found = examine(PROVIDER=f"include {folder}/*.conf; "
                    "client_secret '@CLIENT_SECRET@';")
    assert found.faults == {"issuer"}, found.printed
    assert found.rows["secret"] == {"ok"}


ELSEWHERE = """
    oidc_provider cognito { @PROVIDER@ @MORE@ }
    server {
        listen @PORT@;
        location / { auth_oidc cognito; }
    }
"""


def test_address_that_is_not_known_is_not_checked(examine):
    found = examine(ELSEWHERE)
    assert found.status == 0, found.printed
    assert found.rows["redirect_uri"] == {"unknown"}
    assert "pass --url" in found.text


def test_url_of_the_command_line_is_checked(examine, pool):
    pool.allow("https://app.example.org/oidc_callback")
    found = examine(ELSEWHERE,
                    arguments=["--url", "https://app.example.org"])
    assert found.rows["redirect_uri"] == {"ok"}, found.printed
    found = examine(ELSEWHERE,
                    arguments=["--url", "https://other.example.org"])
    assert found.faults == {"redirect_uri"}, found.printed


@pytest.mark.parametrize("listen, server, uri", [
    ("443 ssl", "server_name app.example.org;", "https://app.example.org"),
    ("8443 ssl", "server_name app.example.org;",
     "https://app.example.org:8443"),
    ("80", "server_name _ app.example.org *.example.org;",
     "http://app.example.org"),
])
def test_address_of_a_server_is_checked(examine, listen, server, uri):
    """The configuration of another machine, whose ports are not ours."""
    found = examine(SERVER=server, dumped=lambda text: text.replace(
        "listen 127.0.0.1:", f"listen {listen}; # "))
    assert found.faults == {"redirect_uri"}, found.printed
    assert f"{uri}/oidc_callback is refused" in found.text


def test_base_url_and_redirect_uri_are_checked(examine):
    found = examine(MORE="base_url https://app.example.org; "
                    "redirect_uri /back /other;")
    assert found.faults == {"redirect_uri"}, found.printed
    assert "https://app.example.org/back is refused" in found.text


def test_provider_that_only_verifies_tokens_is_not_asked_for_logins(
        examine, pool):
    found = examine(PROVIDER="issuer @ISSUER@; profile cognito; "
                    "allowed_clients any;",
                    SERVER="auth_oidc_methods bearer;")
    assert found.status == 0, found.printed
    assert "redirect_uri" not in found.rows and "secret" not in found.rows
    assert pool.count("token") == 0 and pool.count("authorize") == 0


def test_dev_doctor_takes_paths_from_where_it_is_called(tmp_path):
    (tmp_path / "dump").write_text("# configuration file /a.conf:\nevents {}")
    with open(tmp_path / "dump", encoding="utf-8") as dump:
        done = subprocess.run([ROOT / "dev", "doctor", "-"], stdin=dump,
                              cwd=tmp_path, capture_output=True, text=True,
                              timeout=60)
    assert done.returncode == 2
    assert "the configuration has no oidc_provider" in done.stderr
    (tmp_path / "broken.conf").write_text("nothing;")
    done = subprocess.run(
        [ROOT / "dev", "doctor", "--nginx", NGINX, "-c", "broken.conf"],
        cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert f"in {tmp_path}/broken.conf:1" in done.stderr


def test_installed_program_finds_its_parts():
    """The list of the package names each file of it."""
    listed = (ROOT / "debian/libnginx-mod-http-auth-oidc.install") \
        .read_text().split()
    assert listed == ["doctor/nginx-auth-oidc-check", "usr/bin",
                      "doctor/auth_oidc_check",
                      "usr/share/nginx-auth-oidc-check"]
    assert os.access(PROGRAM, os.X_OK)
    assert '"/usr/share/nginx-auth-oidc-check"' in PROGRAM.read_text()
