#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# websocket_peer.py client URL: talks to an echo server of nowait's. websocket_peer.py server: is one, prints its
# port, and ends with its input. Both by aiohttp, whose WebSockets are the second opinion. Exit 77: no aiohttp.

import asyncio
import random
import sys

try:
    import aiohttp
    from aiohttp import web
except ImportError:
    sys.exit(77)

LIMIT = 32 << 20
SIZES = [0, 1, 2, 3, 4, 7, 8, 125, 126, 127, 1000, 65535, 65536, 65537, 1 << 20, 3 << 20]


def text_of(size, rng):
    return "".join(rng.choice("abc\u00e4\u20ac\U0001f600") for _ in range(size))


async def client(url):
    rng = random.Random(1)
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(url, protocols=("x", "echo"), compress=15, max_msg_size=LIMIT) as ws:
            assert ws.protocol == "echo", ws.protocol
            for size in SIZES:
                data = rng.randbytes(size)
                await ws.send_bytes(data)
                assert await ws.receive_bytes() == data, size
            for size in SIZES[:-3]:
                text = text_of(size, rng)
                await ws.send_str(text)
                assert await ws.receive_str() == text, size
            for number in range(200):
                await ws.send_str(str(number))
                if number % 7 == 0:
                    await ws.ping(b"p%d" % number)
            for number in range(200):
                assert await ws.receive_str() == str(number)
            await ws.close(code=4321, message=b"enough")
            assert ws.close_code == 4321, ws.close_code
        async with session.ws_connect(url, protocols=("echo",)) as ws:
            await ws.send_str("bye")
            message = await ws.receive()
            assert message.type == aiohttp.WSMsgType.TEXT
            message = await ws.receive()
            assert message.type == aiohttp.WSMsgType.CLOSE and message.data == 1001, message
        try:
            await session.ws_connect(url)
        except aiohttp.WSServerHandshakeError as error:
            assert error.status == 403, error
        else:
            raise AssertionError("it let us in without a protocol")


async def echo(request):
    ws = web.WebSocketResponse(protocols=("echo",), max_msg_size=LIMIT, autoping=True)
    await ws.prepare(request)
    async for message in ws:
        if message.type == aiohttp.WSMsgType.TEXT and message.data == "close":
            await ws.close(code=4000, message=b"as you wish")
        elif message.type == aiohttp.WSMsgType.TEXT:
            await ws.send_str(message.data)
        elif message.type == aiohttp.WSMsgType.BINARY:
            await ws.ping()
            await ws.send_bytes(message.data)
    return ws


async def server():
    app = web.Application()
    app.add_routes([web.get("/", echo)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(site._server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await runner.cleanup()


asyncio.run(client(sys.argv[2]) if sys.argv[1] == "client" else server())
