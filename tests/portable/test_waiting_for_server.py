"""`wait_for_server`: a server that is not there yet, does not listen any more, or has no room."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from interprocess import capabilities
from interprocess.local_socket import (
    ConnectOptions,
    ConnectWaitMode,
    Name,
    connect,
    listen,
)
from tests.portable.asynchronous.fixtures import warm_runtimes
from tests.support import PATIENCE, Running, finish, open_handles, python

__all__ = ["warm_runtimes"]

Connect = Callable[[Name, float], Any]

#: Seconds until an attempt without a server times out, long enough to measure on a slow machine.
SHORT = 0.3


def by_short_form(name: Name, timeout: float) -> Any:
    return connect(name, timeout, wait_for_server=True)


def by_options(name: Name, timeout: float) -> Any:
    wait_mode = ConnectWaitMode.timeout(timeout)
    return ConnectOptions(name, wait_mode=wait_mode, wait_for_server=True).connect_sync()


def by_asyncio(name: Name, timeout: float) -> Any:
    import asyncio

    options = options_of(name, timeout)

    async def main() -> Any:
        return (await options.connect_asyncio()).to_sync()

    return asyncio.run(main())


def by_trio(name: Name, timeout: float) -> Any:
    trio = pytest.importorskip("trio")
    options = options_of(name, timeout)

    async def main() -> Any:
        return (await options.connect_trio()).to_sync()

    return trio.run(main)


def options_of(name: Name, timeout: float) -> ConnectOptions:
    wait_mode = ConnectWaitMode.timeout(timeout)
    return ConnectOptions(name, wait_mode=wait_mode, wait_for_server=True)


@pytest.fixture(params=[by_short_form, by_options, by_asyncio, by_trio])
def connecting(request: pytest.FixtureRequest) -> Connect:
    if request.param is by_trio:
        pytest.importorskip("trio")
    return request.param  # type: ignore[no-any-return]  # one of those above


def test_a_server_that_is_there(name: Name, connecting: Connect) -> None:
    with listen(name) as listener, connecting(name, 0) as client, listener.accept() as stream:
        stream.send_all(b"x")
        assert client.recv(1) == b"x"


def test_a_server_that_comes_later(name: Name, connecting: Connect) -> None:
    waiting = Running(lambda: connecting(name, PATIENCE))
    time.sleep(0.05)
    assert not waiting.has_ended()
    with listen(name) as listener, listener.accept(timeout=PATIENCE) as stream:
        with waiting.result() as client:
            stream.send_all(b"x")
            assert client.recv(1) == b"x"


def test_a_server_that_comes_back(name: Name, connecting: Connect) -> None:
    """A crashed server leaves a socket file that refuses, on Unix; the next replaces it."""
    listener = listen(name, reclaim_name=False)
    listener.close()
    waiting = Running(lambda: connecting(name, PATIENCE))
    time.sleep(0.05)
    with listen(name, try_overwrite="if_dead") as listener:
        with listener.accept(timeout=PATIENCE), waiting.result():
            pass


def test_the_last_attempt_is_told(name: Name, connecting: Connect) -> None:
    before = open_handles()
    for timeout in (0, SHORT):
        began = time.monotonic()
        with pytest.raises(TimeoutError) as caught:
            connecting(name, timeout)
        assert timeout - 0.01 <= time.monotonic() - began < timeout + PATIENCE  # Clocks tick.
        # The system's own words for what is missing.
        with pytest.raises(OSError) as plain:
            connect(name)
        assert str(plain.value.strerror) in str(caught.value)
        assert f"within {timeout:g} seconds" in str(caught.value)
        assert caught.value.filename == str(name)
        assert isinstance(caught.value.__cause__, OSError)
    del caught, plain
    if connecting in (by_short_form, by_options):
        assert open_handles() <= before


def test_without_a_timeout_it_waits(name: Name) -> None:
    waiting = Running(lambda: connect(name, wait_for_server=True))
    waiting._thread.join(SHORT)
    assert not waiting.has_ended()
    with listen(name) as listener, listener.accept(timeout=PATIENCE), waiting.result():
        pass


@pytest.mark.parametrize("runtime", ["asyncio", "trio"])
def test_a_cancelled_wait_leaves_nothing(name: Name, runtime: str) -> None:
    if runtime == "trio":
        trio = pytest.importorskip("trio")
        from interprocess.local_socket.trio import connect as connect_trio

        async def with_trio() -> None:
            with trio.move_on_after(SHORT) as scope:
                await connect_trio(name, wait_for_server=True)
            assert scope.cancelled_caught

        def run() -> None:
            trio.run(with_trio)

    else:
        import asyncio

        from interprocess.local_socket.asyncio import connect as connect_asyncio

        async def with_asyncio() -> None:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(connect_asyncio(name, wait_for_server=True), SHORT)

        def run() -> None:
            asyncio.run(with_asyncio())

    run()
    before = open_handles()
    run()
    assert open_handles() <= before


def test_anyio(name: Name) -> None:
    anyio = pytest.importorskip("anyio")
    from interprocess.local_socket import anyio as local_anyio

    async def main() -> None:
        async def serve_later() -> None:
            await anyio.sleep(0.05)
            async with local_anyio.listen(name) as listener, await listener.accept() as stream:
                await stream.send(b"x")

        async with anyio.create_task_group() as group:
            group.start_soon(serve_later)
            async with await local_anyio.connect(name, wait_for_server=True) as stream:
                assert await stream.receive() == b"x"

    anyio.run(main)


@pytest.mark.skipif(sys.platform == "win32", reason="a pipe creates instances on demand")
@pytest.mark.skipif(not capabilities.available("connect_wait"), reason="refuses instead of waiting")
def test_a_server_without_room(name: Name, connecting: Connect) -> None:
    """Many more wait than have room, and each is served."""
    with listen(name) as listener:
        filling = []
        at_once = ConnectOptions(name, wait_mode=ConnectWaitMode.deferred())
        with contextlib.suppress(BlockingIOError):
            while True:
                filling.append(at_once.connect_sync())
        with pytest.raises(TimeoutError, match="no room"):
            connecting(name, SHORT)
        waiting = Running(lambda: connecting(name, PATIENCE))
        for _ in filling:
            listener.accept().close()
        with listener.accept(timeout=PATIENCE), waiting.result():
            pass
        for stream in filling:
            stream.close()


def test_a_server_in_another_process(name: Name) -> None:
    code = """
import sys, time
from interprocess.local_socket import listen, to_name
time.sleep(0.1)
with listen(to_name(sys.argv[1])) as listener, listener.accept(timeout=30) as stream:
    stream.send_all(b"late")
    stream.recv(1)
"""
    if name.is_namespaced():
        pytest.skip("a path says the same to both")
    with python(code, str(name)) as server:
        with connect(name, PATIENCE, wait_for_server=True) as stream:
            assert stream.recv(4) == b"late"
        finish(server)


@pytest.mark.skipif(sys.platform == "win32", reason="a pipe's name has no directories")
def test_what_is_no_absence_is_raised_at_once() -> None:
    with pytest.raises(NotADirectoryError):
        connect(f"{sys.executable}/socket", wait_for_server=True)


def test_options_are_checked(name: Name) -> None:
    assert ConnectOptions(name).wait_for_server is False
    assert ConnectOptions(name, wait_for_server=True).replace().wait_for_server is True
    with pytest.raises(TypeError, match="wait_for_server"):
        ConnectOptions(name, wait_for_server=1)  # type: ignore[arg-type]  # deliberately wrong
    with pytest.raises(TypeError, match="wait_for_server"):
        connect(name, wait_for_server=None)  # type: ignore[arg-type]  # deliberately wrong
    with pytest.raises(ValueError, match="deferred"):
        ConnectOptions(name, wait_for_server=True, wait_mode=ConnectWaitMode.deferred())


def test_many_wait_for_one(name: Name) -> None:
    waiting = [Running(lambda: connect(name, PATIENCE, wait_for_server=True)) for _ in range(20)]
    assert threading.active_count() > 20
    with listen(name) as listener:
        for _ in waiting:
            listener.accept(timeout=PATIENCE).close()
        for one in waiting:
            one.result().close()
