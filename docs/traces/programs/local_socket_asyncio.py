"""The same with asyncio: both ends in one event loop."""

import asyncio

from interprocess.local_socket import asyncio as local_socket


async def serve(listener):
    async with await listener.accept() as stream:
        while data := await stream.recv(1000):
            await stream.send_all(data.upper())


async def main():
    async with local_socket.listen("orders") as listener:
        server = asyncio.create_task(serve(listener))
        async with await local_socket.connect("orders") as stream:
            await stream.send_all(b"a question")
            print(await stream.recv_exactly(10))
        await server


asyncio.run(main())
