#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""aiohttp as the client of our server, whose address is the argument; ./big is what root/big holds."""
import asyncio
import sys

import aiohttp

base = sys.argv[1]
big = open("big", "rb").read()


async def pieces():
    for at in range(0, len(big), 10007):
        yield big[at:at + 10007]


async def bodies(session):
    async with session.post(base + "/echo", data=big) as reply:
        assert await reply.read() == big
    async with session.post(base + "/echo", data=pieces()) as reply:
        assert await reply.read() == big
        assert reply.headers["Transfer-Encoding"] == "chunked"
    async with session.post(base + "/echo", data=pieces(), expect100=True) as reply:
        assert await reply.read() == big
    async with session.put(base + "/describe", data=b"x" * 1000, expect100=True) as reply:
        text = await reply.text()
        assert text.startswith("PUT /describe\nlength 1000\nheard 1000\n"), text
    async with session.post(base + "/describe", data=b"x" * 100000, compress="gzip") as reply:
        text = await reply.text()
        assert "field Content-Encoding: gzip\n" in text and "length -1\n" in text, text
    form = aiohttp.FormData()
    form.add_field("file", b"abc", filename='od"d\n.txt')
    async with session.post(base + "/describe", data=form) as reply:
        assert "field Content-Type: multipart/form-data; boundary=" in await reply.text()


async def replies(session):
    async with session.get(base + "/files/big") as reply:
        assert await reply.read() == big
    async with session.get(base + "/files/text.txt") as reply:
        assert reply.headers["Content-Encoding"] == "gzip"
        assert await reply.read() == open("root/text.txt", "rb").read()
    async with session.get(base + "/files/big", headers={"Range": "bytes=100-199"}) as reply:
        assert reply.status == 206 and await reply.read() == big[100:200]
    async with session.get(base + "/chunks/99") as reply:
        assert len(await reply.read()) == 99000
    async with session.head(base + "/files/big") as reply:
        assert reply.headers["Content-Length"] == str(len(big))
    for status in (200, 204, 304, 404, 500, 503):
        async with session.get(base + "/status/%d" % status) as reply:
            assert reply.status == status
            await reply.read()
    for length in "10":
        try:
            async with session.get(base + "/cut/" + length) as reply:
                await reply.read()
            assert False, "what was cut off is taken for whole"
        except aiohttp.ClientError:
            pass
        except ConnectionResetError:
            pass


async def ways(session):
    async with session.get(base + "/redirect/302/5") as reply:
        assert len(reply.history) == 5 and (await reply.text()).startswith("GET /describe?arrived\n")
    async with session.post(base + "/redirect/307/1", data=b"abc") as reply:
        assert "heard 3\n" in await reply.text()
    async with session.post(base + "/redirect/303/1", data=b"abc") as reply:
        assert (await reply.text()).startswith("GET /describe?arrived\n")
    async with session.get(base + "/cookies") as reply:
        text = await reply.text()
        assert text in ('1,two words,-\n', '1,"two words",-\n'), text
    async with session.get(base + "/show") as reply:
        assert await reply.text() == "1,-,-\n"


async def one(session, i):
    async with session.get(base + "/chunks/%d" % (i % 7)) as reply:
        return len(await reply.read()) == 1000 * (i % 7)


async def main():
    jar = aiohttp.CookieJar(unsafe=True) # of an address, too
    async with aiohttp.ClientSession(cookie_jar=jar, timeout=aiohttp.ClientTimeout(total=30)) as session:
        await bodies(session)
        await replies(session)
        await ways(session)
        assert all(await asyncio.gather(*(one(session, i) for i in range(500))))


asyncio.run(main())
