"""The synchronous classes, as the tests of the asynchronous ones call them: each wait in a thread.

This lets one set of tests cover both. Calls that wait are awaited; the others are the same.
"""

from __future__ import annotations

import asyncio
from typing import Any

import interprocess.local_socket
import interprocess.unnamed_pipe

#: The verbs that wait, or may.
WAITING = {
    "accept", "aclose", "flush", "recv", "recv_exactly", "recv_into", "recv_vectored", "send",
    "send_all", "send_vectored",
}  # fmt: skip


class InThreads:
    """A listener, a stream or an end of a pipe, of which every verb that waits is awaited."""

    def __init__(self, owner: Any) -> None:
        self.owner = owner

    def __getattr__(self, name: str) -> Any:
        if name == "aclose":
            name = "close"
            return lambda: asyncio.to_thread(self.owner.close)
        attribute = getattr(self.owner, name)
        if name in WAITING:
            return lambda *arguments: _awaited(attribute, *arguments)
        if not callable(attribute):
            return attribute
        return lambda *arguments: _wrapped(attribute(*map(_unwrapped, arguments)))

    async def __aenter__(self) -> Any:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await asyncio.to_thread(self.owner.close)

    def __aiter__(self) -> Any:
        return self

    async def __anext__(self) -> Any:
        stream = await _awaited(next, self.owner, None)
        if stream is None:
            raise StopAsyncIteration
        return stream

    def __repr__(self) -> str:
        return repr(self.owner)


async def _awaited(call: Any, *arguments: Any) -> Any:
    return _wrapped(await asyncio.to_thread(call, *arguments))


def _wrapped(result: Any) -> Any:
    if isinstance(result, tuple):
        return tuple(map(_wrapped, result))
    return InThreads(result) if hasattr(result, "detach") else result


def _unwrapped(argument: Any) -> Any:
    return argument.owner if isinstance(argument, InThreads) else argument


class local:  # noqa: N801  # stands for a module
    """`interprocess.local_socket`."""

    class Stream:
        @staticmethod
        def reunite(*halves: Any) -> Any:
            return _wrapped(interprocess.local_socket.Stream.reunite(*map(_unwrapped, halves)))

    @staticmethod
    def pair() -> Any:
        return _wrapped(interprocess.local_socket.pair())

    @staticmethod
    def listen(*name: Any, **options: Any) -> Any:
        return InThreads(interprocess.local_socket.listen(*name, **options))

    @staticmethod
    async def connect(name: Any) -> Any:
        return await _awaited(interprocess.local_socket.connect, name)


class pipes:  # noqa: N801  # stands for a module
    """`interprocess.unnamed_pipe`."""

    @staticmethod
    def pipe() -> Any:
        return _wrapped(interprocess.unnamed_pipe.pipe())
