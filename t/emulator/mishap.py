# SPDX-License-Identifier: Apache-2.0
"""Answers wrongly: what each kind of fault sends."""

import asyncio
import contextlib
import json
import os
import socket
import struct

from aiohttp import web

from .faults import Fault

JSON = "application/json;charset=UTF-8"
CHUNK = 65536


async def answer(fault: Fault, kind: str, request: web.Request, handler):
    """What the client gets instead of `handler`'s own answer."""
    if fault.mode in ("slow", "drip", "cut", "edit"):
        return await _distorted(fault, request, handler)
    if fault.handled:  # the pool acts, only its answer is lost
        await handler(request)
    if fault.mode == "reset":
        return _reset(request)
    if fault.mode == "huge":
        return await _huge(request, fault.bytes or 16 * 1024 * 1024)
    return _replaced(fault, kind)


async def _distorted(fault: Fault, request: web.Request, handler):
    if fault.mode == "slow":
        await asyncio.sleep(fault.seconds)
        return await handler(request)
    real = await handler(request)
    if fault.mode == "edit":
        return _edited(fault, real)
    stream = web.StreamResponse(status=real.status, headers=real.headers)
    body = real.body or b""
    stream.content_length = len(body)
    with contextlib.suppress(ConnectionResetError):  # the client has left
        await stream.prepare(request)
        if fault.mode == "drip":
            await _drip(fault, stream, body)
        else:
            await stream.write(body[:len(body) // 2 if fault.bytes is None
                                    else fault.bytes])
            request.transport.close()
    return stream


async def _drip(fault: Fault, stream: web.StreamResponse, body: bytes):
    step = fault.bytes or 16
    for start in range(0, len(body), step):
        await stream.write(body[start:start + step])
        await asyncio.sleep(fault.seconds)
    await stream.write_eof()


def _edited(fault: Fault, real: web.Response) -> web.Response:
    try:
        value = {**json.loads(real.body or b""), **fault.set}
    except (ValueError, TypeError):  # a page or a list has no members
        return real
    for name in fault.remove:
        value.pop(name, None)
    headers = {**real.headers, **fault.headers}
    headers.pop("Content-Length", None)
    return web.Response(status=fault.status or real.status, headers=headers,
                        body=json.dumps(value).encode())


def _reset(request: web.Request) -> web.Response:
    """A TCP reset: closing with a linger time of zero sends RST."""
    raw = request.transport.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                   struct.pack("ii", 1, 0))
    request.transport.abort()
    return web.Response(status=500)


async def _huge(request: web.Request, size: int) -> web.StreamResponse:
    stream = web.StreamResponse(headers={"Content-Type": JSON})
    with contextlib.suppress(ConnectionResetError):  # has had enough
        await stream.prepare(request)
        await stream.write(b'{"padding":"')
        for start in range(0, size, CHUNK):
            await stream.write(b"x" * min(CHUNK, size - start))
        await stream.write(b'"}')
        await stream.write_eof()
    return stream


def _replaced(fault: Fault, kind: str) -> web.Response:
    status, headers, body = 200, {"Content-Type": JSON}, b""
    if fault.mode == "throttle":
        status, headers, body = _throttled(kind)
    elif fault.mode == "garbage":
        body = b'{"keys":[{"\xff\x00' + os.urandom(64)
    elif fault.mode == "html":
        headers = {"Content-Type": "text/html"}
        body = b"<!DOCTYPE html><title>Sorry</title><p>Try again later."
    elif fault.mode == "redirect":
        status, headers = 302, {"Location": fault.location}
    elif fault.mode == "status":
        status = 500
    if fault.body is not None:
        body = fault.body.encode()
    return web.Response(status=fault.status or status, body=body,
                        headers={**headers, **fault.headers})


def _throttled(kind: str) -> tuple[int, dict, bytes]:
    """The JSON API's form was seen, the domain's was not."""
    if kind.startswith("api."):
        return 400, {"Content-Type": "application/x-amz-json-1.1"}, (
            b'{"__type":"TooManyRequestsException",'
            b'"message":"Rate exceeded"}')
    return 429, {"Content-Type": "application/json"}, (
        b'{"message":"Too Many Requests"}')
