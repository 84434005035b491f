"""A pipe with asyncio: the receiver waits before anything is sent."""

import asyncio

from interprocess.unnamed_pipe import asyncio as unnamed_pipe


async def receive(receiver):
    while data := await receiver.recv(1000):
        print(data)


async def main():
    sender, receiver = unnamed_pipe.pipe()
    async with receiver:
        task = asyncio.create_task(receive(receiver))
        await asyncio.sleep(0)
        async with sender:
            await sender.send_all(b"one line\n")
            await asyncio.sleep(0.01)
        await task


asyncio.run(main())
