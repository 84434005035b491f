"""An aiohttp application and an aiohttp client talk HTTP over a local socket.

    python docs/examples/aiohttp_over_local_socket.py

Needs aiohttp. Works with any name: a socket file, an abstract socket, a pipe on Windows.
"""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import (
    BaseConnector,
    ClientOSError,
    ClientRequest,
    ClientSession,
    ClientTimeout,
    web,
)
from aiohttp.client_proto import ResponseHandler
from aiohttp.tracing import Trace

from interprocess.local_socket import Name
from interprocess.local_socket.asyncio import create_connection, create_server


class LocalSocketConnector(BaseConnector):
    """Sends every request to one local socket, as aiohttp's `UnixConnector` does to a path."""

    def __init__(self, name: Name | str, **options: Any) -> None:
        super().__init__(**options)
        self._name = name

    async def _create_connection(
        self,
        req: ClientRequest,  # noqa: ARG002  # the signature is aiohttp's
        traces: list[Trace],  # noqa: ARG002  # the same
        timeout: ClientTimeout,
    ) -> ResponseHandler:
        connecting = create_connection(self._factory, self._name)
        try:
            _, protocol = await asyncio.wait_for(connecting, timeout.sock_connect)
        except OSError as error:
            if isinstance(error, asyncio.TimeoutError):
                raise  # aiohttp makes its own timeout error from it.
            raise ClientOSError(error.errno, str(error)) from error
        assert isinstance(protocol, ResponseHandler)
        return protocol


async def greet(request: web.Request) -> web.Response:
    """Answer a GET."""
    return web.Response(text=f"Hello, {request.match_info['who']}!")


async def count(request: web.Request) -> web.Response:
    """Answer a POST, with the length of its body."""
    return web.json_response({"bytes": len(await request.read())})


async def echo(request: web.Request) -> web.WebSocketResponse:
    """Answer each message of a web socket."""
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        await socket.send_str(message.data.upper())
    return socket


def application() -> web.Application:
    """Return an application like any other."""
    app = web.Application(client_max_size=2**24)
    app.add_routes([web.get("/hello/{who}", greet), web.post("/count", count)])
    app.add_routes([web.get("/echo", echo)])
    return app


async def main() -> None:
    """Serve and ask, in one process."""
    name = Name.unique("aiohttp-example")
    runner = web.AppRunner(application())
    await runner.setup()
    assert runner.server is not None
    server = await create_server(runner.server, name)
    try:
        print(f"listening on {server.name}")
        await ask(name)
    finally:
        server.close()  # No new connections.
        await runner.cleanup()  # The application closes existing connections.
        await server.wait_closed()


async def ask(name: Name) -> None:
    """Ask the server a few things. The host of the URLs is free to choose."""
    async with ClientSession("http://localhost", connector=LocalSocketConnector(name)) as session:
        async with session.get("/hello/world") as response:
            print(response.status, await response.text())
        async with session.post("/count", data=bytes(1_000_000)) as response:
            print(response.status, await response.json())
        async with session.ws_connect("/echo") as socket:
            await socket.send_str("over a web socket")
            print(await socket.receive_str())
        greetings = await asyncio.gather(*[hello(session, number) for number in range(20)])
        print(len(set(greetings)), "greetings at once")


async def hello(session: ClientSession, who: object) -> str:
    """Return the greeting for WHO."""
    async with session.get(f"/hello/{who}") as response:
        return await response.text()


if __name__ == "__main__":
    asyncio.run(main())
