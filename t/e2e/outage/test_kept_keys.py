# SPDX-License-Identifier: Apache-2.0
"""Metadata and keys in files (oidc_keys_path), and how long keys are used
(stale)."""

import hashlib
import os
import pwd
import re
import stat
import tempfile
import time
from pathlib import Path

import pytest

from gateway import eventually
from visitor import bearer, send

SITE = """
    oidc_keys_path @DIR@/keys;
    oidc_provider cognito { @PROVIDER@ @MORE@ }
    server {
        listen 127.0.0.1:@PORT@;
        location / { auth_oidc cognito; proxy_pass http://@UPSTREAM@; }
        location /status { allow all; auth_oidc_status; }
    }
"""
NAME = re.compile(r"[0-9a-f]{64}")


def ask(site, token):
    return send("GET", site.url("/"), bearer(token))


def files(site):
    return sorted(path for path in (site.dir / "keys").iterdir()
                  if NAME.fullmatch(path.name))


def text_of(path):
    return path.read_bytes().split(b"\n", 1)[1]


def file_of(site, word):
    """The file whose text has this word."""
    return next(f for f in files(site) if word in text_of(f))


def rewrite(path, text, head=None):
    """Like the module: another text, with the right checksum."""
    words = head or path.read_bytes().split(b"\n", 1)[0].split()
    words[3] = hashlib.sha256(text).hexdigest().encode()
    path.write_bytes(b" ".join(words) + b"\n" + text)


@pytest.fixture
def kept(gateway, pool):
    """A gateway that has run, and stands still; its provider is away."""
    def make(main="worker_processes 1;", **values):
        site = gateway(SITE, main, **values)
        assert ask(site, pool.issue()).status == 200
        eventually(lambda: len(files(site)) == 2)
        assert site.stop() == []
        site.process = None
        pool.listeners(service=False)
        return site
    return make


def is_closed(site, token):
    answer = ask(site, token)
    return (answer.status, answer.reason) == (503, "keys_unavailable")


# --- what is there is used ---------------------------------------------------

def test_start_without_the_provider_verifies_with_kept_keys(kept, pool):
    """AC-142."""
    site = kept().start()
    assert ask(site, pool.issue()).status == 200
    assert send("GET", site.url("/status?ready")).status == 200


def test_start_without_the_provider_logs_in_with_kept_metadata(
        kept, pool, visitor):
    site = kept().start()
    assert visitor.get(site.url("/")).location.startswith(pool.domain_url)


def test_start_without_kept_keys_is_503(kept, pool):
    site = kept()
    for path in files(site):
        path.unlink()
    assert is_closed(site.start(), pool.issue())


def test_two_workers_verify_with_kept_keys(kept, pool):
    site = kept("worker_processes 2;").start()
    assert {ask(site, pool.issue()).status for _ in range(8)} == {200}


def test_killed_worker_is_replaced_by_one_with_keys(kept, pool):
    site = kept().start()
    site.kill_worker(site.workers[0])
    assert ask(site, pool.issue()).status == 200


def test_kept_keys_are_fetched_anew_after_the_start(kept, pool):
    """A restart gets rid of a key that was withdrawn."""
    site = kept()
    before = pool.count("jwks")
    pool.listeners(service=True)
    site.start()
    eventually(lambda: pool.count("jwks") == before + 1)


def test_fetched_keys_replace_kept_ones(kept, pool, fresh_keys):
    site = kept()
    path = file_of(site, b'"keys"')
    old = text_of(path)
    pool.listeners(service=True)
    pool.keys(action="rotate", keep_old=False)
    site.start()
    eventually(lambda: ask(site, pool.issue()).status == 200)
    eventually(lambda: text_of(path) != old)
    assert files(site) and len(list((site.dir / "keys").iterdir())) == 2


def test_reload_with_another_issuer_does_not_use_the_kept_keys(
        kept, pool):
    """They are found by issuer and settings."""
    site = kept()
    text = site.conf.read_text()
    site.conf.write_text(text.replace(
        "profile cognito;", "profile cognito; config_url "
        f"{pool.issuer}/.well-known/openid-configuration?other;"))
    assert is_closed(site.start(), pool.issue())
    site.conf.write_text(text)
    site.reload()
    assert ask(site, pool.issue()).status == 200


def test_reload_with_a_path_keeps_what_is_fetched(gateway, pool):
    site = gateway(SITE.replace("oidc_keys_path @DIR@/keys;", ""))
    assert ask(site, pool.issue()).status == 200
    site.write(SITE, "worker_processes 1;")
    site.conf.write_text(site.conf.read_text().replace(
        "profile cognito;", "profile cognito; jwks_refresh 1s 1s;"))
    site.reload()
    eventually(lambda: len(files(site)) == 2)
    assert ask(site, pool.issue()).status == 200


def test_files_are_the_owners_alone(kept):
    site = kept()
    assert stat.S_IMODE((site.dir / "keys").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in files(site)} == \
        {0o600}


@pytest.mark.skipif(os.getuid() != 0, reason="needs another user's files")
def test_directory_belongs_to_the_worker(gateways, pool):
    """Made by the master, as root, for the user of the workers."""
    with tempfile.TemporaryDirectory() as outer:
        os.chmod(outer, 0o755)
        site = gateways(MORE="")
        site.write(SITE.replace("@DIR@/keys", outer + "/keys"),
                   "worker_processes 1;")
        site.conf.write_text(re.sub(
            r"user \w+ \w+;", "user nobody nogroup;", site.conf.read_text()))
        site.start()
        assert ask(site, pool.issue()).status == 200
        keys = Path(outer) / "keys"
        eventually(lambda: len(list(keys.iterdir())) == 2)
        nobody = pwd.getpwnam("nobody").pw_uid
        assert {path.stat().st_uid for path in [keys, *keys.iterdir()]} == \
            {nobody}


# --- what is not as it was written is not used -------------------------------

def flip(path):
    data = bytearray(path.read_bytes())
    data[-20] ^= 1
    path.write_bytes(data)


def cut(path):
    os.truncate(path, path.stat().st_size // 2)


def empty(path):
    os.truncate(path, 0)


def enlarge(path):
    text = text_of(path)
    rewrite(path, text + b" " * (1 << 20))


def link(path):
    target = path.with_suffix(".real")
    path.rename(target)
    path.symlink_to(target)


def pipe(path):
    path.unlink()
    os.mkfifo(path, 0o600)


def folder(path):
    path.unlink()
    path.mkdir()


def shared(path):
    path.chmod(0o666)


def no_json(path):
    rewrite(path, b"<html>")


def old(path):
    words = path.read_bytes().split(b"\n", 1)[0].split()
    words[2] = str(int(words[2]) - 86400).encode()
    rewrite(path, text_of(path), words)


def future(path):
    words = path.read_bytes().split(b"\n", 1)[0].split()
    words[2] = str(int(words[2]) + 3600).encode()
    rewrite(path, text_of(path), words)


@pytest.mark.parametrize("spoil", [
    flip, cut, empty, enlarge, link, pipe, folder, shared, no_json, old,
    future], ids=lambda one: one.__name__)
def test_spoiled_file_is_not_used(kept, pool, spoil):
    """The log names it, and all is well with the provider."""
    site = kept()
    path = file_of(site, b'"keys"')
    spoil(path)
    site.start()
    assert is_closed(site, pool.issue())
    assert str(path) in site.said("keys_file")
    pool.listeners(service=True)
    if spoil is folder:  # which nothing replaces
        path.rmdir()
    assert eventually(lambda: ask(site, pool.issue()).status == 200, 15)


def test_metadata_of_another_issuer_in_a_file_are_not_used(
        kept, pool, visitor):
    """They are checked as those of the provider are."""
    site = kept()
    path = file_of(site, b'"issuer"')
    rewrite(path, text_of(path).replace(
        f'"issuer":"{pool.issuer}"'.encode(), b'"issuer":"https://evil.a"'))
    site.start()
    assert visitor.get(site.url("/")).status == 503
    site.said("keys_file")


def test_file_of_another_provider_is_not_used(kept, pool):
    site = kept()
    keys, metadata = file_of(site, b'"keys"'), file_of(site, b'"issuer"')
    keys.write_bytes(metadata.read_bytes())
    assert is_closed(site.start(), pool.issue())


@pytest.mark.skipif(os.getuid() != 0, reason="needs another user's files")
def test_file_of_another_user_is_not_used(kept, pool):
    site = kept()
    os.chown(file_of(site, b'"keys"'), 12345, 12345)
    site.start()
    assert is_closed(site, pool.issue())
    assert "another user owns it" in site.said("keys_file")


# --- the directory -----------------------------------------------------------

def test_directory_that_is_gone_harms_no_request(gateway, pool):
    """The log says so, and files are written when it is there again."""
    site = gateway(SITE, MORE="jwks_refresh 1s 1s;")
    assert ask(site, pool.issue()).status == 200
    eventually(lambda: len(files(site)) == 2)
    (site.dir / "keys").rename(site.dir / "moved")
    assert "cannot be written: No such file" in site.said("keys_file")
    assert ask(site, pool.issue()).status == 200
    (site.dir / "keys").mkdir(0o700)
    eventually(lambda: len(files(site)) == 2)


BAD = {
    "a file": (lambda path: path.write_text(""), "is no directory"),
    "writable by others": (lambda path: (path.mkdir(), path.chmod(0o777)),
                           "is writable by others than its owner"),
    "a dangling link": (lambda path: path.symlink_to("nowhere"), "keys"),
}


@pytest.mark.parametrize("case", BAD, ids=str)
def test_unusable_directory_is_an_error_of_nginx_t(gateways, case):
    spoil, complaint = BAD[case]
    site = gateways(MORE="")
    spoil(site.dir / "keys")
    site.write(SITE, "worker_processes 1;")
    status, said = site.test()
    assert status == 1 and complaint in said, said
    site.expect(re.escape(complaint))


def test_reload_with_an_unusable_directory_keeps_the_configuration(
        gateway, pool):
    site = gateway(SITE)
    assert ask(site, pool.issue()).status == 200
    (site.dir / "keys").chmod(0o777)
    text = site.conf.read_text()
    site.conf.write_text(text.replace("oidc_keys_path", "# changed\n"
                                      "oidc_keys_path"))
    site.expect("is writable by others")
    workers = site.living_workers()
    site.signal(1)
    eventually(lambda: "is writable by others" in site.log())
    assert site.living_workers() == workers
    assert ask(site, pool.issue()).status == 200


@pytest.mark.parametrize("line, complaint", [
    ('oidc_keys_path "";', '"oidc_keys_path" needs a directory'),
    ("oidc_keys_path k; oidc_keys_path l;", '"oidc_keys_path" is duplicate'),
])
def test_wrong_keys_path_is_refused(refused, line, complaint):
    refused(line + "oidc_provider cognito { @PROVIDER@ }", complaint)


def test_directory_of_another_use_is_refused(gateways):
    site = gateways(MORE="")
    site.write(SITE.replace("@DIR@/keys", "@DIR@/tmp/body"),
               "worker_processes 1;")
    status, said = site.test()
    assert status == 1 and "the same path name" in said, said
    site.expect("the same path name", "is used for something else")


# --- stale -------------------------------------------------------------------

STALE = "jwks_refresh 1s 1s stale=3s;"


def key_set(site):
    return send("GET", site.url("/status")).json["providers"]["cognito"][
        "key_set"]


def test_keys_older_than_stale_verify_nothing(gateway, pool):
    """Neither new tokens nor those that were accepted before."""
    site = gateway(SITE, MORE=STALE)
    known = pool.issue()
    for _ in range(3):
        assert ask(site, known).status == 200
    assert key_set(site)["stale"] == 0
    pool.listeners(service=False)
    eventually(lambda: is_closed(site, pool.issue()), 15)
    answer = ask(site, known)
    assert (answer.status, answer.reason) == (503, "keys_unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert "too old" in site.said("keys_unavailable")
    site.said("keys_stale")
    assert key_set(site)["stale"] == 1
    assert send("GET", site.url("/status?ready")).status == 503
    pool.listeners(service=True)
    assert eventually(lambda: ask(site, known).status == 200, 15)
    assert key_set(site)["stale"] == 0


def test_keys_are_fetched_while_the_metadata_are_not(gateway, pool):
    """They do not become stale for want of the other document."""
    site = gateway(SITE, MORE=STALE)
    assert ask(site, pool.issue()).status == 200
    pool.faults(discovery={"mode": "status", "status": 500})
    before = pool.count("jwks")
    eventually(lambda: pool.count("jwks") >= before + 3, 20)
    site.said("idp_error")
    assert ask(site, pool.issue()).status == 200


def test_kept_keys_become_stale_by_the_time_of_their_fetch(kept, pool):
    """Not by that of the start."""
    site = kept(MORE="jwks_refresh 1m 1h stale=2h;")
    path = file_of(site, b'"keys"')
    words = path.read_bytes().split(b"\n", 1)[0].split()
    words[2] = str(int(time.time()) - 7197).encode()
    rewrite(path, text_of(path), words)
    site.start()
    eventually(lambda: is_closed(site, pool.issue()), 15)
