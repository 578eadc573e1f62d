# SPDX-License-Identifier: Apache-2.0
"""Many requests of strangers, over a few connections that are kept open."""

import asyncio
import re
from collections import Counter
from itertools import islice

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.I)
COOKIE = re.compile(r"^set-cookie: *([^;\r]+)", re.I | re.M)
STATE = re.compile(r"^location: .*[?&]state=([\w-]+)", re.I | re.M)


def get(target, *lines):
    """The bytes of a request."""
    head = [f"GET {target} HTTP/1.1", "Host: 127.0.0.1", *lines]
    return "\r\n".join([*head, "", ""]).encode()


async def _answer(reader):
    head = await reader.readuntil(b"\r\n\r\n")
    if found := LENGTH.search(head):
        await reader.readexactly(int(found[1]))
    return head


async def _lane(port, requests, seen):
    """Sends what is left of the requests, one after the other."""
    writer = None
    for request in requests:
        if writer is None:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request)
        head = await _answer(reader)
        seen(head.decode("latin-1"))
        if b"\r\nConnection: close" in head:
            writer.close()
            writer = None
    if writer:
        writer.close()


async def _pour(port, requests, seen, lanes):
    requests = iter(requests)
    await asyncio.gather(*(_lane(port, requests, seen) for _ in range(lanes)))


def pour(port, requests, lanes=8):
    """How often each status was answered."""
    told = Counter()

    def seen(head):
        told[int(head.split(" ", 2)[1])] += 1
    asyncio.run(_pour(port, requests, seen, lanes))
    return told


def begin_logins(port, count, lanes=8):
    """(cookie, state) of so many logins, each in a browser of its own."""
    begun = []

    def seen(head):
        begun.append((COOKIE.search(head)[1], STATE.search(head)[1]))
    navigation = get("/", "Accept: text/html", "Sec-Fetch-Mode: navigate",
                     "Sec-Fetch-Dest: document")
    asyncio.run(_pour(port, islice(iter(lambda: navigation, None), count),
                      seen, lanes))
    assert len(begun) == count
    return begun
