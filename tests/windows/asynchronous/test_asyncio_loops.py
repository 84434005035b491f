"""Which event loops can wait for pipes, and asyncio's own streams and protocols over them."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest

from interprocess._runtimes.asyncio_completion import AsyncioCompletionRuntime
from interprocess.local_socket import Name, Stream, UnsupportedError
from interprocess.local_socket import connect as sync_connect
from interprocess.local_socket.asyncio import (
    connect,
    listen,
    open_connection,
    pair,
)
from interprocess.unnamed_pipe.asyncio import pipe
from tests.portable.asynchronous.worlds import AsyncioWorld

assert sys.platform == "win32"


@pytest.fixture
def loop() -> AsyncioWorld:
    return AsyncioWorld("asyncio")


def test_a_selector_loop_is_refused(name: Name) -> None:
    async def main() -> None:
        first, second = pair()
        sender, recver = pipe()
        calls: list[Any] = [
            lambda: first.recv(1),
            lambda: second.send(b"x"),
            lambda: sender.send_all(b"x"),
            lambda: connect(name),
            lambda: open_connection(name),
        ]
        for call in calls:
            with pytest.raises(UnsupportedError, match="ProactorEventLoop"):
                await call()
        async with listen(name) as listener:
            with pytest.raises(UnsupportedError, match="ProactorEventLoop"):
                await listener.accept()
        for end in (first, second, sender, recver):
            end.close()

    AsyncioWorld("asyncio", asyncio.SelectorEventLoop).run(main)


def test_a_client_that_comes_while_accepting_begins(
    loop: AsyncioWorld, name: Name, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the call that begins to wait and the one that asks to be told."""
    clients: list[Stream] = []
    watch = AsyncioCompletionRuntime.watch

    def connect_first(self: Any, watched: Any, ended: Any) -> None:
        if not clients:
            clients.append(sync_connect(name))
        watch(self, watched, ended)

    async def main() -> None:
        async with listen(name) as listener:
            monkeypatch.setattr(AsyncioCompletionRuntime, "watch", connect_first)
            async with await listener.accept() as stream:
                clients[0].close()
                assert await stream.recv(1) == b""

    loop.run(main)
