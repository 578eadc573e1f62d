# SPDX-License-Identifier: Apache-2.0
"""The memory for each token and each session, and the growth of a worker with
the tokens that it meets."""

import re
import socket

import machine
import tokens
from compare import Row
from load import Wrong
from nginx import Nginx
from stand import FILE

AT_ONCE = 64
TOKEN_BOUND, SESSION_BOUND, GROWTH_BOUND = 128, 3482, 1.05

CONF = """
    oidc_cache_zone 64m;
    oidc_provider many {{
        issuer        {issuer};
        profile       cognito;
        client_id     {client};
        client_secret {secret};
        signing_algs  HS256;
    }}
    server {{
        listen 127.0.0.1:{port};
        location = /bearer {{
            auth_oidc many;
            auth_oidc_methods bearer;
            auth_oidc_require_scope orders/read;
        }}
    }}
"""


def meet(port, mint, count):
    """Shows so many tokens, none of them twice."""
    with socket.create_connection(("127.0.0.1", port)) as door:
        answers = door.makefile("rb")
        for _ in range(count // AT_ONCE):
            door.sendall("".join(
                f"GET /bearer HTTP/1.1\r\nHost: bench\r\n"
                f"Authorization: Bearer {mint.token()}\r\n\r\n"
                for _ in range(AT_ONCE)).encode())
            # Else the server's Nagle waits for acknowledgements that we delay.
            door.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            for _ in range(AT_ONCE):
                _read_ok(answers)


def _read_ok(answers):
    status = answers.readline()
    if b" 200 " not in status:
        raise Wrong(f"a new token was answered by {status!r}")
    length = 0
    while (line := answers.readline()) != b"\r\n":
        if found := re.match(rb"Content-Length: (\d+)", line):
            length = int(found[1])
    answers.read(length)


def memory(stand, effort, micro):
    mint = tokens.Mint(tokens.Hs256())
    port = stand.port()
    server = stand.start(Nginx(
        stand.dir / "memory", CONF.format(
            issuer=tokens.ISSUER, client=mint.client.id, secret=tokens.SECRET,
            port=port), [port], {"bearer": FILE}, module=True))
    worker = server.pids[0]
    empty = machine.resident(worker)
    # The tables are as full as they get with less than a third of them.
    meet(port, mint, effort.distinct * 3 // 10)
    early = machine.resident(worker)
    meet(port, mint, effort.distinct * 7 // 10)
    late = machine.resident(worker)
    server.stop()
    token = micro.counter("zone_token", "bytes")
    session = micro.counter("zone_session", "bytes")
    holds = token <= TOKEN_BOUND and session <= SESSION_BOUND and \
        late <= GROWTH_BOUND * early
    return Row("memory", f"a token {token:.0f} B, a session {session:.0f} B of "
               f"zone; worker {empty >> 20} MB, {early >> 20} MB after "
               f"{effort.distinct * 3 // 10:,} tokens, {late >> 20} MB after "
               f"{effort.distinct:,}",
               "≤ 128 B, ≤ 3482 B, flat", late / early, holds=holds,
               more={"token_bytes": token, "session_bytes": session,
                     "resident": [empty, early, late]})
