#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""aiohttp as the server: bodies of all kinds, codings, cookies, redirects, a WebSocket. Writes its port to ./port."""
import asyncio
import os

from aiohttp import web


async def describe(request):
    body = await request.read()
    lines = ["%s %s" % (request.method, request.path_qs),
             "framing %s" % ("chunked" if "chunked" in request.headers.get("Transfer-Encoding", "")
                             else request.headers.get("Content-Length", "none")),
             "bytes %d" % len(body)]
    return web.Response(text="\n".join(lines) + "\n")


async def echo(request):
    reply = web.StreamResponse()
    if request.query.get("coding"):
        reply.enable_compression(web.ContentCoding[request.query["coding"]])
    await reply.prepare(request)
    async for piece in request.content.iter_chunked(10007):
        await reply.write(piece)
    await reply.write_eof()
    return reply


async def form(request):
    values = await request.post()
    return web.Response(text=",".join("%s=%s" % (name, value) for name, value in values.items()))


async def cookies(request):
    reply = web.HTTPSeeOther("/cookies/show")
    reply.set_cookie("everywhere", "1")
    reply.set_cookie("here", "2", path="/cookies")
    reply.del_cookie("gone")
    raise reply


async def show_cookies(request):
    return web.Response(text=",".join("%s=%s" % item for item in sorted(request.cookies.items())) + "\n")


async def redirect(request):
    status, count = int(request.match_info["status"]), int(request.match_info["count"])
    location = "/redirect/%d/%d" % (status, count - 1) if count > 1 else "/describe"
    return web.Response(status=status, headers={"Location": location}, text="elsewhere")


async def cut(request):
    reply = web.StreamResponse(headers={"Content-Length": "1000"} if request.match_info["length"] == "1" else {})
    if request.match_info["length"] != "1":
        reply.enable_chunked_encoding()
    await reply.prepare(request)
    await reply.write(b"that is not all")
    request.transport.close()
    return reply


async def socket(request):
    reply = web.WebSocketResponse()
    await reply.prepare(request)
    async for message in reply:
        await (reply.send_str if isinstance(message.data, str) else reply.send_bytes)(message.data)
    return reply


async def main():
    application = web.Application(client_max_size=1 << 30)
    application.router.add_route("*", "/describe", describe)
    application.router.add_route("*", "/echo", echo)
    application.router.add_post("/form", form)
    application.router.add_get("/cookies", cookies)
    application.router.add_get("/cookies/show", show_cookies)
    application.router.add_get("/show", show_cookies)
    application.router.add_route("*", "/redirect/{status}/{count}", redirect)
    application.router.add_get("/cut/{length}", cut)
    application.router.add_get("/socket", socket)
    application.router.add_static("/files/", "root")
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    with open("port.new", "w") as file:
        file.write(str(site._server.sockets[0].getsockname()[1]))
    os.rename("port.new", "port")
    await asyncio.Event().wait()


asyncio.run(main())
