# SPDX-License-Identifier: MIT
"""Requests through aiohttp, as bench_http_client wants them: URL COUNT IN_FLIGHT CA.

Prints the answers that came, the bytes of their bodies, and the nanoseconds that it took, without Python's
start, and without the connections, which IN_FLIGHT requests have made before.
"""

import asyncio
import ssl
import sys
import time

import aiohttp


async def worker(session, url, left, seen):
    while left[0] > 0:
        left[0] -= 1
        async with session.get(url) as answer:
            answer.raise_for_status()
            seen[1] += len(await answer.read())
            seen[0] += 1


async def main():
    url, count, in_flight, authority = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    context = ssl.create_default_context(cafile=authority) if url.startswith("https:") else False
    connector = aiohttp.TCPConnector(limit=in_flight, ssl=context)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as session:
        for wanted in in_flight, count:
            left, seen = [wanted], [0, 0]
            began = time.monotonic_ns()
            await asyncio.gather(*(worker(session, url, left, seen) for _ in range(in_flight)))
    print(seen[0], seen[1], time.monotonic_ns() - began)


asyncio.run(main())
