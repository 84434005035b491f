"""What servers over asyncio's own streams have on Unix alone: a file with a mode."""

from __future__ import annotations

import asyncio
import os
import stat

from interprocess.local_socket import Name
from interprocess.local_socket.asyncio import start_server
from interprocess.os.unix.local_socket import ListenerOptions
from tests.portable.asynchronous.worlds import AsyncioWorld
from tests.support import unique_name


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


def test_options_reach_the_listener() -> None:
    name = unique_name("path")

    async def main() -> None:
        options = ListenerOptions(name, mode=0o640, reclaim_name=False)
        async with await start_server(hang_up, options) as server:
            assert stat.S_IMODE(os.stat(name.address).st_mode) == 0o640
            assert name.address.decode() in repr(server)
            address = server.sockets[0].getsockname()  # The loop's own.
            assert Name.of_address(os.fsencode(address)) == name
        os.unlink(name.address)

    AsyncioWorld("asyncio").run(main)
