# SPDX-License-Identifier: Apache-2.0
"""Stands between nginx and Redis, and spoils what Redis says."""

import socket
import threading
import time

NOISE = b"\x00\xffnoise\r\n" * 20
HUGE = b"$500000000\r\n" + b"x" * 300_000


class Proxy:
    """`mode`: pass, cut (after the first bytes of each reply), garbage, huge,
    or slow (each reply is a second late)."""

    def __init__(self, port):
        self.port = port
        self.mode = "pass"
        self.made = []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.socket.getsockname()[1]
        self._run(self._accept)

    @staticmethod
    def _run(what, *args):
        threading.Thread(target=what, args=args, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.port))
            except OSError:
                client.close()
                continue
            self.made += [client, server]
            self._run(self._pass, client, server, bytes)
            self._run(self._pass, server, client, self._spoilt)

    @staticmethod
    def _pass(source, target, through):
        try:
            while data := source.recv(65536):
                data = through(data)
                target.sendall(data)
                if data and len(data) < 3:  # cut
                    break
        except OSError:
            pass
        for one in (source, target):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _spoilt(self, data):
        if self.mode == "slow":
            time.sleep(1)
        return {"cut": data[:2], "garbage": NOISE, "huge": HUGE}.get(
            self.mode, data)

    def stop(self):
        for one in (self.socket, *self.made):
            one.close()
