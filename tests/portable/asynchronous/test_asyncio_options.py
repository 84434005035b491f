"""The options of asyncio's own streams and servers are checked before anything is opened."""

from __future__ import annotations

from typing import Any

import pytest

from interprocess.local_socket import Name, listen
from interprocess.local_socket.asyncio import (
    create_connection,
    create_server,
    open_connection,
    start_server,
)
from tests.portable.asynchronous.test_asyncio_world import Listening, Shouting, loop, shout
from tests.portable.asynchronous.test_local_socket import is_there
from tests.portable.asynchronous.worlds import AsyncioWorld

__all__ = ["loop"]


def a_context(server: bool) -> Any:
    ssl = pytest.importorskip("ssl", reason="this Python was built without TLS")
    return ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if server else ssl.PROTOCOL_TLS_CLIENT)


#: Client and server options that asyncio would refuse; the contexts are created late.
REFUSED: list[dict[str, Any]] = [
    {"nonsense": True},
    {"sock": None},
    {"path": "elsewhere"},
    {"ssl": "a context"},
    {"ssl": 1},
    {"ssl_handshake_timeout": 1},
    {"ssl": a_context, "ssl_handshake_timeout": 0},
    {"ssl": a_context, "ssl_handshake_timeout": "1"},
]
CLIENT_REFUSED = [
    *REFUSED,
    {"ssl": a_context},
    {"ssl": True},
    {"server_hostname": "localhost"},
    {"ssl": a_context, "server_hostname": b"localhost"},
    {"cleanup_socket": False},
    {"backlog": 1},
]
SERVER_REFUSED = [
    *REFUSED,
    {"ssl": True},
    {"ssl": False},
    {"server_hostname": "localhost"},
    {"backlog": "1"},
    {"backlog": 0},
    {"cleanup_socket": None},
    {"start_serving": "yes"},
]


def with_context(options: dict[str, Any], server: bool) -> dict[str, Any]:
    """Return options with a context where one belongs, and what a client's one needs."""
    made = {**options}
    if made.get("ssl") is a_context:
        made["ssl"] = a_context(server)
        if not server and len(made) > 1:
            made.setdefault("server_hostname", "localhost")
    return made


@pytest.mark.parametrize("options", CLIENT_REFUSED, ids=str)
def test_options_are_refused_before_there_is_a_connection(
    loop: AsyncioWorld, options: dict[str, Any], name: Name
) -> None:
    async def main() -> None:
        given = with_context(options, False)
        with listen(name) as listener:
            with pytest.raises((TypeError, ValueError)):
                await open_connection(name, **given)
            with pytest.raises((TypeError, ValueError)):
                await create_connection(Listening, name, **given)
            with pytest.raises(TimeoutError):
                listener.accept(timeout=0)

    loop.run(main)


@pytest.mark.parametrize("options", SERVER_REFUSED, ids=str)
def test_options_are_refused_before_anything_listens(
    loop: AsyncioWorld, options: dict[str, Any], name: Name
) -> None:
    async def main() -> None:
        given = with_context(options, True)
        with pytest.raises((TypeError, ValueError)):
            await start_server(shout, name, **given)
        with pytest.raises((TypeError, ValueError)):
            await create_server(Shouting, name, **given)
        with pytest.raises((FileNotFoundError, ConnectionRefusedError)):
            await open_connection(name)
        assert not is_there(name)

    loop.run(main)


@pytest.mark.parametrize("limit", [0, -1, "1", None, 1.5])
def test_limits_are_refused(loop: AsyncioWorld, limit: Any, name: Name) -> None:
    async def main() -> None:
        with pytest.raises((TypeError, ValueError), match="limit"):
            await start_server(shout, name, limit=limit)
        with listen(name) as listener:
            with pytest.raises((TypeError, ValueError), match="limit"):
                await open_connection(name, limit=limit)
            with pytest.raises(TimeoutError):
                listener.accept(timeout=0)

    loop.run(main)


def test_what_cannot_be_called_is_refused(loop: AsyncioWorld, name: Name) -> None:
    async def main() -> None:
        nothing: Any = None
        with pytest.raises(TypeError, match="client_connected"):
            await start_server(nothing, name)
        with pytest.raises(TypeError, match="protocol_factory"):
            await create_server(nothing, name)
        with listen(name) as listener:
            with pytest.raises(TypeError, match="protocol_factory"):
                await create_connection(nothing, name)
            with pytest.raises(TimeoutError):
                listener.accept(timeout=0)

    loop.run(main)


def test_options_that_are_taken(loop: AsyncioWorld, name: Name) -> None:
    async def main() -> None:
        options: dict[str, Any] = {"backlog": 5, "start_serving": True, "cleanup_socket": True}
        async with await start_server(shout, name, limit=100, **options):
            reader, writer = await open_connection(name, limit=100, ssl=None, server_hostname=None)
            writer.write(b"hello\n")
            assert await reader.readline() == b"HELLO\n"
            writer.close()
            await writer.wait_closed()
        await loop.settle()

    loop.run(main)
