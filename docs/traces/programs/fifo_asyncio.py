"""A FIFO file with asyncio."""

import asyncio
import os
import tempfile

from interprocess.os.unix.fifo_file import asyncio as fifo_file
from interprocess.os.unix.fifo_file import create_fifo


async def main():
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "orders.fifo")
        create_fifo(path)
        async with await fifo_file.open_recver(path) as receiver:
            async with await fifo_file.open_sender(path) as sender:
                await sender.send_all(b"one line\n")
            while data := await receiver.recv(1000):
                print(data)


asyncio.run(main())
