# SPDX-License-Identifier: Apache-2.0
"""The peers that Debian ships, each beside its own unprotected self: the same
server, the same request, without the check."""

import os
import shutil
import signal
import subprocess
from functools import partial
from pathlib import Path

import machine
from compare import against
from gateway import answers, eventually
from load import Target
from stand import FILE
from visitor import Visitor

APACHE_MODULES = Path("/usr/lib/apache2/modules")

# Signature, algorithm and expiry, and no more: its JSON reader does not take
# "\\/", as Cognito spells what stands in iss and scope.
HAPROXY = """
global
    nbthread 1
    maxconn 1000
defaults
    mode http
    timeout client 60s
    timeout server 60s
    timeout connect 5s
frontend base
    bind 127.0.0.1:{base}
    http-request return status 200 content-type text/plain string "{file}"
frontend guarded
    bind 127.0.0.1:{guarded}
    http-request set-var(txn.token) http_auth_bearer
    http-request set-var(txn.exp) \
var(txn.token),jwt_payload_query('$.exp','int')
    http-request set-var(txn.now) date()
    http-request deny deny_status 401 if ! {{ http_auth_bearer -m found }}
    http-request deny deny_status 401 unless {{ \
var(txn.token),jwt_header_query('$.alg') -m str RS256 }}
    http-request deny deny_status 401 unless {{ \
var(txn.token),jwt_verify("RS256","{key}") -m int 1 }}
    http-request deny deny_status 401 if \
{{ var(txn.exp),sub(txn.now) -m int lt 0 }}
    http-request return status 200 content-type text/plain string "{file}"
"""

APACHE = """
ServerRoot {dir}
ServerName localhost
PidFile {dir}/apache.pid
DefaultRuntimeDir {dir}
ErrorLog {dir}/error.log
LogLevel error
{modules}
User {user}
Group {group}
ServerLimit 1
StartServers 1
ThreadsPerChild 32
ThreadLimit 32
MaxRequestWorkers 32
MinSpareThreads 1
MaxSpareThreads 32
KeepAlive On
MaxKeepAliveRequests 0
KeepAliveTimeout 60
LimitRequestFieldSize 16380
DocumentRoot {dir}/root
Listen 127.0.0.1:{guarded}
OIDCCryptoPassphrase 0f1e2d3c4b5a69788796a5b4c3d2e1f0
OIDCCacheType shm
OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration
OIDCClientID {client[id]}
OIDCClientSecret {client[secret]}
OIDCRedirectURI http://127.0.0.1:{guarded}/redirect_uri
OIDCScope openid
OIDCCookieSameSite On
{session}
OIDCOAuthVerifyCertFiles bench-RS256#{certificate}
OIDCOAuthRemoteUserClaim sub
<Location /bearer>
    AuthType oauth20
    Require claim "scope~orders/read"
</Location>
<Location /file>
    AuthType openid-connect
    Require valid-user
</Location>
<Location /redirect_uri>
    AuthType openid-connect
    Require valid-user
</Location>
"""
SESSIONS = {"cookie": "OIDCSessionType client-cookie",
            "shm": "OIDCSessionType server-cache"}


class Peer:
    """One server; its workers are the processes that take requests."""

    def __init__(self, directory, ports, children=0):
        self.dir = directory
        self.children = children  # that take the requests
        self.ports = ports
        self.dir.mkdir()
        self.process = None
        self.pids = []

    def run(self, *command):
        with open(self.dir / "stderr", "wb") as errors:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=errors,
                stderr=errors,
                preexec_fn=lambda: os.sched_setaffinity(0, machine.SERVER))
        eventually(self._is_up, 20)
        return self

    def _is_up(self):
        assert self.process.poll() is None, self.errors()
        self.pids = [self.process.pid, *machine.children(self.process.pid)]
        return len(self.pids) > self.children and \
            all(answers(port) for port in self.ports)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(15)

    def errors(self):
        return "".join(path.read_text() for path in
                       (self.dir / "stderr", self.dir / "error.log")
                       if path.exists())

    def cpu(self):
        return machine.cpu_seconds(self.pids)


def haproxy(stand):
    ports = {"base": stand.port(), "guarded": stand.port()}
    peer = Peer(stand.dir / "haproxy", list(ports.values()))
    conf = peer.dir / "haproxy.cfg"
    conf.write_text(HAPROXY.format(
        **ports, key=stand.rs256.public_pem(), file=FILE.strip()))
    stand.running.append(peer.run("haproxy", "-f", conf, "-db"))
    return peer, ports


def haproxy_bearer(stand, effort, _micro):
    peer, ports = haproxy(stand)
    pair = [Target(peer, ports[which], "/bearer", stand.bearer(),
                   body=FILE.strip()) for which in ("base", "guarded")]
    for target in pair:
        target.check()
    pair[1].check({}, 401)
    row = against("haproxy_bearer", "HAProxy's jwt_verify, one RS256 token; "
                  "base: HAProxy without it", None, pair, effort)
    peer.stop()
    return row


def apache(stand, name, session):
    port = stand.port()
    peer = Peer(stand.dir / name, [port], children=1)
    (peer.dir / "root").mkdir()
    for file in ("off", "bearer", "file"):
        (peer.dir / "root" / file).write_text(FILE)
    names = ["mpm_event", "authn_core", "authz_core", "authz_user",
             "auth_openidc"]
    loads = "\n".join(f"LoadModule {one}_module {APACHE_MODULES}/mod_{one}.so"
                      for one in names)
    conf = peer.dir / "apache.conf"
    conf.write_text(APACHE.format(
        dir=peer.dir, guarded=port, modules=loads, user="www-data",
        group="www-data", issuer=stand.pool.issuer,
        client=stand.pool.client(), session=SESSIONS[session],
        certificate=stand.rs256.certificate(peer.dir)))
    for path in (peer.dir, *peer.dir.parents):
        if str(path).startswith(str(stand.dir)):
            path.chmod(0o755)
    stand.running.append(peer.run("apache2", "-f", conf, "-DFOREGROUND"))
    return peer, port


def apache_bearer(stand, effort, _micro):
    peer, port = apache(stand, "apache-bearer", "shm")
    pair = [Target(peer, port, path, stand.bearer(), body=FILE)
            for path in ("/off", "/bearer")]
    for target in pair:
        target.check()
    pair[1].check({}, 401)
    row = against("apache_bearer", "mod_auth_openidc, one RS256 token by key; "
                  "base: Apache without it", None, pair, effort)
    peer.stop()
    return row


def apache_session(session, stand, effort, _micro):
    name = f"apache_session_{session}"
    peer, port = apache(stand, name, session)
    url = f"http://127.0.0.1:{port}"
    stand.pool.allow(f"{url}/redirect_uri")
    visitor = Visitor()
    answer = visitor.open(f"{url}/file")
    assert answer.status == 200, answer
    cookies = {"Accept": "*/*",
               "Cookie": visitor.jar.header("127.0.0.1", "/", False)}
    pair = [Target(peer, port, path, cookies, body=FILE)
            for path in ("/off", "/file")]
    for target in pair:
        target.check()
    pair[1].check({"Accept": "*/*"}, 302)
    row = against(name, f"mod_auth_openidc, session ({session}); base: Apache "
                  "without it", None, pair, effort)
    peer.stop()
    return row


def peers():
    """Those that are installed."""
    found = {}
    if shutil.which("haproxy"):
        found["haproxy_bearer"] = haproxy_bearer
    if shutil.which("apache2") and \
            (APACHE_MODULES / "mod_auth_openidc.so").exists():
        found["apache_bearer"] = apache_bearer
        for session in SESSIONS:
            found[f"apache_session_{session}"] = partial(apache_session,
                                                         session)
    return found
