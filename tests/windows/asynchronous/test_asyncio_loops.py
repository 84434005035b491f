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
    Listener,
    connect,
    create_server,
    listen,
    open_connection,
    pair,
)
from interprocess.os.windows.local_socket import _async_transports
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


def test_a_server_serves_on_after_errors(
    loop: AsyncioWorld, name: Name, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages: list[str] = []
    failures: list[Exception] = [OSError("no client today"), ZeroDivisionError("no protocol")]
    accept = Listener.accept

    async def accept_later(self: Listener) -> Any:
        if len(failures) == 2:
            raise failures.pop(0)
        return await accept(self)

    def factory() -> asyncio.Protocol:
        if failures:
            raise failures.pop()
        return Greeting()

    def note(_: object, context: dict[str, Any]) -> None:
        messages.append(f"{context['message']}: {context['exception']}")

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(note)
        async with await create_server(factory, name) as server:
            reader, writer = await open_connection(name)
            assert await reader.read() == b""
            writer.close()
            reader, writer = await open_connection(name)
            assert await reader.read() == b"hello"
            writer.close()
            assert server.is_serving()
        with pytest.raises(RuntimeError, match="closed"):
            await server.serve_forever()

    monkeypatch.setattr(Listener, "accept", accept_later)
    monkeypatch.setattr(_async_transports, "_ACCEPT_RETRY_DELAY", 0.0)
    loop.run(main)
    could_not_accept, could_not_begin = messages
    assert "could not accept: no client today" in could_not_accept
    assert "could not begin with a client: no protocol" in could_not_begin


class Greeting(asyncio.Protocol):
    """Says hello and leaves."""

    def connection_made(self, transport: Any) -> None:
        transport.write(b"hello")
        transport.close()
