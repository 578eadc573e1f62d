# SPDX-License-Identifier: Apache-2.0
"""Many clients at once."""

import asyncio
import threading


async def _connect(port):
    return await asyncio.open_connection("127.0.0.1", port)


async def _ask(connection, request):
    reader, writer = connection
    writer.write(request)
    await writer.drain()
    status = (await reader.readline()).decode("latin-1").split(" ")
    writer.close()
    return int(status[1]) if len(status) > 1 else 0


async def _all(port, requests, timeout):
    connections = []
    for _ in requests:
        connections.append(await _connect(port))
    asked = [_ask(*pair) for pair in zip(connections, requests)]
    return await asyncio.wait_for(asyncio.gather(*asked), timeout)


def statuses(port, requests, timeout=60):
    """What each request is answered, when all are connected before the first
    one asks; 0: the connection was closed."""
    return asyncio.run(_all(port, requests, timeout))


def together(count, what, timeout=60):
    """What `count` threads give that start at once."""
    results = []
    threads = [threading.Thread(target=lambda: results.append(what()))
               for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout)
    assert len(results) == count
    return results
