"""A descriptor is handed over through a connection, with asyncio."""

import asyncio
import os

from interprocess.local_socket import asyncio as local_socket


async def main():
    here, there = local_socket.Stream.pair()
    async with here, there:
        receiving, sending = os.pipe()
        await here.send_fds(b"take this", [sending])
        os.close(sending)
        data, [number] = await there.recv_fds(1000, max_fds=1)
        os.write(number, b"through what was handed over")
        os.close(number)
        print(data, os.read(receiving, 1000))
        os.close(receiving)


asyncio.run(main())
