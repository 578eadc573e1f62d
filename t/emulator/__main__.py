# SPDX-License-Identifier: Apache-2.0
"""The command line: starts the emulator and prints its addresses."""

import argparse
import asyncio
import contextlib
import functools
import json
import os
import signal
import ssl
import sys

from aiohttp import web

from . import (api, authorize, discovery, listeners, login, logout, revoke,
               token_endpoint, userinfo)
from .config import read_config
from .control import control_app
from .faults import Faults
from .front import front_of, plain_headers
from .model import ConfigError
from .pool import Pool
from .recorder import Recorder


def options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python3 -m emulator",
        description="A local Amazon Cognito user pool.")
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on")
    add("--domain-host", help="another one for the domain (127.0.0.2)")
    for name in ("service", "domain", "control"):
        add(f"--{name}-port", type=int, default=0, help="0: a free one")
    add("--service-url", help="how clients reach it, if not by address")
    add("--domain-url", help="how clients reach it, if not by address")
    add("--pool-id", default="us-east-1_EmulPool1")
    add("--config", metavar="FILE", help="JSON: clients, users, …")
    add("--ready-file", metavar="FILE", help="JSON, written when all answer")
    add("--tls-cert", metavar="FILE")
    add("--tls-key", metavar="FILE")
    return parser.parse_args(arguments)


def tls_context(wanted: argparse.Namespace) -> ssl.SSLContext | None:
    if wanted.tls_cert is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(wanted.tls_cert, wanted.tls_key)
    return context


def origin_app(origin: str, pool: Pool, recorder: Recorder, faults: Faults):
    app = web.Application(
        middlewares=[front_of(origin, pool, recorder, faults)])
    app.on_response_prepare.append(plain_headers)
    rooms = {"service": (api, discovery),
             "domain": (authorize, login, token_endpoint, userinfo, revoke,
                        logout)}
    for room in rooms[origin]:
        room.add_routes(app, pool)
    return app


def url(scheme: str, host: str, port: int) -> str:
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"


async def start(wanted: argparse.Namespace, pool: Pool,
                doors: listeners.Listeners) -> dict:
    """Opens the three doors; returns what the ready file says."""
    tls = functools.partial(tls_context, wanted)
    secure = wanted.tls_cert is not None
    scheme = "https" if secure else "http"
    hosts = {"service": wanted.host, "control": wanted.host,
             "domain": wanted.domain_host or wanted.host}
    socks = {name: listeners.bind(host, getattr(wanted, f"{name}_port"))
             for name, host in hosts.items()}
    ports = {name: sock.getsockname()[1] for name, sock in socks.items()}
    pool.secure = secure
    pool.service_url = wanted.service_url or url(
        scheme, hosts["service"], ports["service"])
    other = "127.0.0.1" if wanted.host == "localhost" else "localhost"
    pool.updated_url = url(scheme, other, ports["service"])
    pool.domain_url = wanted.domain_url or url(
        scheme, hosts["domain"], ports["domain"])
    pool.control_url = url("http", hosts["control"], ports["control"])
    recorder, faults = Recorder(), Faults()
    for origin in ("service", "domain"):
        await doors.start(origin, origin_app(origin, pool, recorder, faults),
                          socks[origin], tls)
    await doors.start("control",
                      control_app(pool, recorder, faults, doors),
                      socks["control"])
    return pool.describe()


def forget(path: str | None) -> None:
    """A file left by an earlier run must not look like this one's."""
    if path is not None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)


def tell_machines(ready: dict, path: str | None) -> None:
    """The file appears whole, or not at all."""
    if path is not None:
        draft = f"{path}.{os.getpid()}"
        with open(draft, "w", encoding="utf-8") as file:
            json.dump(ready, file, indent=2)
        os.replace(draft, path)


def tell_people(ready: dict) -> None:
    for name in ("issuer", "service_url", "domain_url", "control_url"):
        print(f"{name + ':':13}{ready[name]}")
    for client in ready["clients"]:
        print(f"client:      {client['name']} {client['id']}"
              f" {client['secret'] or '(no secret)'}")
    for user in ready["users"]:
        print(f"user:        {user['username']} {user['password']}"
              f" ({user['status'].lower()})")
    print("ctrl-c ends it", flush=True)


async def serve(wanted: argparse.Namespace) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    pool = Pool(wanted.pool_id, read_config(wanted.config))
    doors = listeners.Listeners()
    forget(wanted.ready_file)
    ready = await start(wanted, pool, doors)
    tell_people(ready)
    tell_machines(ready, wanted.ready_file)
    await stop.wait()
    await doors.stop()
    forget(wanted.ready_file)


def main() -> int:
    try:
        asyncio.run(serve(options(sys.argv[1:])))
    except (ConfigError, OSError) as error:
        print(f"emulator: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
