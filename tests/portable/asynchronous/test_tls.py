"""TLS over local sockets: asyncio's and uvloop's `ssl=`, and trio's `SSLStream`."""

from __future__ import annotations

import asyncio
import importlib
from typing import Any

import pytest

pytest.importorskip("ssl", reason="this Python was built without TLS")

import ssl

from interprocess.local_socket import Name
from interprocess.local_socket.asyncio import (
    create_connection,
    create_server,
    open_connection,
    start_server,
)
from tests.portable.asynchronous.test_asyncio_world import (
    Listening,
    Shouting,
    echo,
    loop,
    shout,
)
from tests.portable.asynchronous.worlds import AsyncioWorld
from tests.portable.tls import HOST, client_context, server_context
from tests.support import PATIENCE

__all__ = ["loop"]

MUCH = bytes(range(256)) * 4096


async def close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    await writer.wait_closed()


# asyncio


def test_streams(loop: AsyncioWorld, name: Name) -> None:
    async def main() -> None:
        async with await start_server(shout, name, ssl=server_context()):
            reader, writer = await open_connection(name, ssl=client_context(), server_hostname=HOST)
            writer.write(b"hello\n")
            assert await reader.readline() == b"HELLO\n"
            certificate = writer.get_extra_info("peercert")
            assert certificate["subjectAltName"] == (("DNS", HOST),)
            await close(writer)
        await loop.settle()

    loop.run(main)


def test_much(loop: AsyncioWorld, name: Name) -> None:
    async def main() -> None:
        async with await start_server(echo, name, ssl=server_context()):
            reader, writer = await open_connection(name, ssl=client_context(), server_hostname=HOST)
            writer.write(MUCH)
            assert await reader.readexactly(len(MUCH)) == MUCH
            await close(writer)
        await loop.settle()

    loop.run(main)


def test_protocols(loop: AsyncioWorld, name: Name) -> None:
    async def main() -> None:
        async with await create_server(Shouting, name, ssl=server_context()):
            transport, protocol = await create_connection(
                Listening, name, ssl=client_context(), server_hostname=HOST
            )
            assert isinstance(protocol, Listening)
            transport.write(b"hello")
            assert await protocol.answer == b"HELLO"
            assert transport.get_extra_info("cipher")
            transport.close()
            await protocol.closed
        await loop.settle()

    loop.run(main)


def test_the_server_ends_the_connection(loop: AsyncioWorld, name: Name) -> None:
    async def say_goodbye(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"goodbye")
        await close(writer)

    async def main() -> None:
        async with await start_server(say_goodbye, name, ssl=server_context()):
            reader, writer = await open_connection(name, ssl=client_context(), server_hostname=HOST)
            assert await reader.read() == b"goodbye"
            await close(writer)
        await loop.settle()

    loop.run(main)


def test_another_host(loop: AsyncioWorld, name: Name) -> None:
    """A client that expects another server name ends, and the server serves the next client."""

    async def main() -> None:
        # The server reports the handshake that failed to the loop, or not, as the loop does.
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
        async with await start_server(shout, name, ssl=server_context()):
            with pytest.raises(ssl.SSLCertVerificationError):
                await open_connection(name, ssl=client_context(), server_hostname="other.test")
            reader, writer = await open_connection(name, ssl=client_context(), server_hostname=HOST)
            writer.write(b"hello\n")
            assert await reader.readline() == b"HELLO\n"
            await close(writer)
        await loop.settle()

    loop.run(main)


def test_a_client_that_leaves_the_handshake(loop: AsyncioWorld, name: Name) -> None:
    """It is no error of the server's: nothing is reported."""
    loop.debug = False
    reported: list[Any] = []

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(
            lambda _, context: reported.append(context)
        )
        async with await start_server(shout, name, ssl=server_context()):
            for first_words in (b"", b"\x16\x03\x01", b"no TLS at all" * 100):
                _, unsecured = await open_connection(name)
                unsecured.write(first_words)
                await close(unsecured)
            reader, writer = await open_connection(name, ssl=client_context(), server_hostname=HOST)
            writer.write(b"hello\n")
            assert await reader.readline() == b"HELLO\n"
            await close(writer)
        await loop.settle()

    loop.run(main)
    assert not reported


def test_a_server_that_never_shakes_hands(loop: AsyncioWorld, name: Name) -> None:
    async def main() -> None:
        async with await start_server(echo_nothing, name):
            with pytest.raises((ConnectionError, TimeoutError)):
                await open_connection(
                    name, ssl=client_context(), server_hostname=HOST, ssl_handshake_timeout=0.1
                )
        await loop.settle()

    async def echo_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        await close(writer)

    loop.run(main)


def test_a_host_is_needed(loop: AsyncioWorld, name: Name) -> None:
    async def main() -> None:
        async with await start_server(shout, name):
            with pytest.raises(ValueError, match="server_hostname"):
                await open_connection(name, ssl=client_context())
        await loop.settle()

    loop.run(main)


# trio


@pytest.fixture
def trio() -> Any:
    return pytest.importorskip("trio", reason="trio is not installed")


@pytest.fixture
def local(trio: Any) -> Any:
    return importlib.import_module("interprocess.local_socket.trio")


async def trio_shout(stream: Any) -> None:
    async with stream:
        async for data in stream:
            await stream.send_all(data.upper())


def secured(trio: Any, stream: Any) -> Any:
    return trio.SSLStream(stream, client_context(), server_hostname=HOST)


def test_trio(trio: Any, local: Any, name: Name) -> None:
    async def main() -> None:
        listener = trio.SSLListener(local.listen(name), server_context())
        async with listener, trio.open_nursery() as nursery:
            nursery.start_soon(trio.serve_listeners, trio_shout, [listener])
            with trio.fail_after(PATIENCE):
                async with secured(trio, await local.connect(name)) as client:
                    await client.send_all(b"hello")
                    assert await client.receive_some() == b"HELLO"
            nursery.cancel_scope.cancel()

    trio.run(main)


def test_trio_much(trio: Any, local: Any, name: Name) -> None:
    async def main() -> None:
        listener = trio.SSLListener(local.listen(name), server_context())
        async with listener, trio.open_nursery() as nursery:
            nursery.start_soon(trio.serve_listeners, trio_echo, [listener])
            with trio.fail_after(PATIENCE):
                async with secured(trio, await local.connect(name)) as client:
                    nursery.start_soon(client.send_all, MUCH)
                    received = bytearray()
                    while len(received) < len(MUCH):
                        received += await client.receive_some()
                    assert received == MUCH
            nursery.cancel_scope.cancel()

    async def trio_echo(stream: Any) -> None:
        async with stream:
            async for data in stream:
                await stream.send_all(data)

    trio.run(main)


def test_trio_conformance(trio: Any, local: Any) -> None:
    """Run trio's own checks of streams on TLS over our streams."""
    import trio.testing

    async def new_pair() -> tuple[Any, Any]:
        first, second = local.pair()
        # As trio's own tests do: one end may be closed while the other still shakes hands.
        return (
            trio.SSLStream(first, client_context(), server_hostname=HOST, https_compatible=True),
            trio.SSLStream(second, server_context(), server_side=True, https_compatible=True),
        )

    trio.run(trio.testing.check_two_way_stream, new_pair, None)


def test_trio_says_goodbye(trio: Any, local: Any) -> None:
    """The end of TLS is distinguished from a broken connection."""

    async def main() -> None:
        first, second = local.pair()
        server = trio.SSLStream(second, server_context(), server_side=True)
        with trio.fail_after(PATIENCE):
            async with secured(trio, first) as client:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(server.do_handshake)
                    nursery.start_soon(client.do_handshake)
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(server.aclose)
                    assert await client.receive_some() == b""

    trio.run(main)


def test_trio_broken_off(trio: Any, local: Any) -> None:
    async def main() -> None:
        first, second = local.pair()
        server = trio.SSLStream(second, server_context(), server_side=True)
        with trio.fail_after(PATIENCE):
            async with secured(trio, first) as client:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(server.do_handshake)
                    nursery.start_soon(client.do_handshake)
                second.close()
                if getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0) & client_context().options:
                    # So `ssl` says of any end, without any stream of ours: CPython 3.9, and Debian.
                    assert await client.receive_some() == b""
                else:
                    with pytest.raises(trio.BrokenResourceError):
                        await client.receive_some()

    trio.run(main)
