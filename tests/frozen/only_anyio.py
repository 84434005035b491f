"""A program that names nothing but the modules for anyio: what they run on is imported later."""

from __future__ import annotations

import anyio

import interprocess.local_socket.anyio
import interprocess.standard_streams.anyio
import interprocess.unnamed_pipe.anyio


async def use() -> None:
    """Use each of them on the runtime that runs."""
    async with interprocess.local_socket.anyio.listen():
        pass
    for end in interprocess.unnamed_pipe.anyio.pipe():
        await end.aclose()
    await interprocess.standard_streams.anyio.stdout().send(b"True True\n")


if __name__ == "__main__":
    for backend in ("asyncio", "trio"):
        anyio.run(use, backend=backend)
