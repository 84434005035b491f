"""asyncio's own streams, which here lose nothing of what the peer sent before it left.

asyncio's reader forgets what it has when the connection breaks, and its transport does not look at
what the system still has. Where a peer leaves without having read everything, that is its answer.
"""

from __future__ import annotations

import asyncio
from weakref import ref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
    #: Returns what can be received of a connection that has just broken, without waiting.
    LastWords = Callable[[asyncio.BaseTransport], bytes]


class Reader(asyncio.StreamReader):
    """asyncio's, which tells that the connection broke after what had arrived before."""

    _broken: Exception | None = None

    def set_exception(self, exc: Exception) -> None:
        if isinstance(exc, ConnectionError):
            self._broken = exc
            self.feed_eof()
        else:
            super().set_exception(exc)

    def exception(self) -> Exception | None:
        """Return why the connection broke: writers look here."""
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
    """asyncio's, which receives what the system has of a connection that broke."""

    def __init__(
        self,
        reader: Reader,
        last_words: LastWords,
        client_connected: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any] | None = None,
    ) -> None:
        super().__init__(reader, client_connected, loop=asyncio.get_running_loop())
        # As asyncio has it: a reader that nobody keeps is not to live as long as the connection.
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
        """Whether what the system has is what the reader wants: not where TLS is between."""
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
    """Return what makes the protocol of each client of a server of streams."""

    def make() -> ReaderProtocol:
        reader = Reader(limit=limit, loop=asyncio.get_running_loop())
        return ReaderProtocol(reader, last_words, client_connected)

    return make
