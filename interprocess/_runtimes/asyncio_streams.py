"""asyncio's own streams, made to keep all data that the peer sent before it left.

When the connection breaks, asyncio's reader discards its buffered data, and its transport does not
receive the data that the system still has. That may be a complete answer, if the peer closed its
end without reading everything.
"""

from __future__ import annotations

import asyncio
from weakref import ref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
    #: Returns the data that can be received from a broken connection without waiting.
    LastWords = Callable[[asyncio.BaseTransport], bytes]


class Reader(asyncio.StreamReader):
    """asyncio's reader, which returns the data that has arrived before it raises an error."""

    _broken: Exception | None = None

    def set_exception(self, exc: Exception) -> None:
        if isinstance(exc, ConnectionError):
            self._broken = exc
            self.feed_eof()
        else:
            super().set_exception(exc)

    def exception(self) -> Exception | None:
        """Return the error that broke the connection: writers check it."""
        return super().exception() or self._broken

    async def read(self, n: int = -1) -> bytes:
        if n < 0:
            parts = []
            while part := await super().read(65536):
                parts.append(part)
            data = b"".join(parts)
        else:
            data = await super().read(n)
        if not data and n:
            self._check()
        return data

    async def readuntil(self, separator: Any = b"\n") -> bytes:
        try:
            return await super().readuntil(separator)
        except asyncio.IncompleteReadError as error:
            if not error.partial:
                self._check()
            raise

    async def readexactly(self, n: int) -> bytes:
        try:
            return await super().readexactly(n)
        except asyncio.IncompleteReadError as error:
            if not error.partial:
                self._check()
            raise

    def _check(self) -> None:
        if self._broken is not None:
            raise self._broken


class ReaderProtocol(asyncio.StreamReaderProtocol):
    """asyncio's protocol, which receives the remaining data of a broken connection."""

    def __init__(
        self,
        reader: Reader,
        last_words: LastWords,
        client_connected: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any] | None = None,
    ) -> None:
        super().__init__(reader, client_connected, loop=asyncio.get_running_loop())
        # As in asyncio: a reader without references should not live as long as the connection.
        self._reader = ref(reader)
        self._last_words = last_words
        self._made_with: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._made_with = transport
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        transport, self._made_with = self._made_with, None
        reader = self._reader()
        if isinstance(exc, ConnectionError) and reader is not None and self._is_plain(transport):
            data = self._last_words(transport)
            if data:
                reader.feed_data(data)
        super().connection_lost(exc)

    def _is_plain(self, transport: Any) -> bool:
        """Return true if the transport has no TLS, so that the reader can use the raw data."""
        return transport.get_protocol() is self and not transport.get_extra_info("sslcontext")


async def open_streams(
    connect: Callable[[Callable[[], ReaderProtocol]], Awaitable[Any]],
    last_words: LastWords,
    limit: int,
) -> Streams:
    """Return the streams of the transport that `connect(protocol_factory)` makes."""
    loop = asyncio.get_running_loop()
    reader = Reader(limit=limit, loop=loop)
    protocol = ReaderProtocol(reader, last_words)
    transport, _ = await connect(lambda: protocol)
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


def server_protocols(
    client_connected: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any],
    last_words: LastWords,
    limit: int,
) -> Callable[[], ReaderProtocol]:
    """Return the function that makes the protocol of each client of a stream server."""

    def make() -> ReaderProtocol:
        reader = Reader(limit=limit, loop=asyncio.get_running_loop())
        return ReaderProtocol(reader, last_words, client_connected)

    return make
