# SPDX-License-Identifier: Apache-2.0
"""The three sockets: opens, switches and closes them."""

import socket
import ssl
from collections.abc import Callable

from aiohttp import web

from .model import ConfigError


def bind(host: str, port: int) -> socket.socket:
    """Bound but not yet listening: calls are refused until it listens."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    found.bind((host, port))
    return found


class Listeners:
    def __init__(self):
        self._runners: dict[str, web.AppRunner] = {}
        self._sites: dict[str, web.SockSite] = {}
        self._places: dict[str, tuple] = {}

    # `tls` is asked for a context whenever a socket is opened, so that one
    # that was down may come back with another certificate.

    async def start(self, name: str, app: web.Application,
                    sock: socket.socket,
                    tls: Callable[[], ssl.SSLContext | None] = lambda: None
                    ) -> None:
        runner = web.AppRunner(app, access_log=None, handle_signals=False)
        await runner.setup()
        self._runners[name] = runner
        self._places[name] = (*sock.getsockname()[:2], tls)
        await self._listen(name, sock)

    async def _listen(self, name: str, sock: socket.socket) -> None:
        site = web.SockSite(self._runners[name], sock, shutdown_timeout=0.1,
                            ssl_context=self._places[name][2](), backlog=1024)
        await site.start()
        self._sites[name] = site

    async def switch(self, name: str, up) -> None:
        """Down: connections are refused and open ones end."""
        if name not in ("service", "domain") or not isinstance(up, bool):
            raise ConfigError('listeners are "service" and "domain",'
                              " true or false")
        if not up and name in self._sites:
            await self._sites.pop(name).stop()
        elif up and name not in self._sites:
            host, port, _ = self._places[name]
            await self._listen(name, bind(host, port))

    def state(self) -> dict:
        return {name: name in self._sites for name in self._runners}

    async def stop(self) -> None:
        for runner in self._runners.values():
            await runner.cleanup()
