"""Our asynchronous streams as anyio's interfaces want them, on whichever runtime anyio runs."""

from __future__ import annotations

import importlib
import sys

try:
    import anyio
except ModuleNotFoundError as error:
    raise ImportError(
        'anyio is not installed: pip install "pyinterprocess[anyio]"', name="anyio"
    ) from error

from anyio import abc
from anyio.lowlevel import checkpoint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType, TracebackType
    from typing import Any

    from interprocess._interface.peer_creds import PeerCreds


class StreamAttribute(anyio.TypedAttributeSet):
    """What can be asked of our streams, by anyio's `extra` method."""

    __module__ = "interprocess.local_socket.anyio"

    #: The asyncio or trio stream below.
    raw_stream: Any = anyio.typed_attribute()
    #: Who is at the other end of a local socket's stream: what its `peer_creds()` returns.
    peer_creds: PeerCreds = anyio.typed_attribute()
    #: How many bytes the system takes before the other end receives them, and from the other end.
    send_buffer_size: int = anyio.typed_attribute()
    recv_buffer_size: int = anyio.typed_attribute()


def running(package: str) -> ModuleType:
    """Return our modules for the runtime that runs, asyncio's if none does yet."""
    return importlib.import_module(f"{package}.{'trio' if _trio_runs() else 'asyncio'}")


def _trio_runs() -> bool:
    trio = sys.modules.get("trio")
    if trio is None:
        return False
    try:
        trio.lowlevel.current_trio_token()
    except RuntimeError:
        return False
    return True


class Adapter(abc.AsyncResource, anyio.TypedAttributeProvider):
    """Something of anyio's over something of ours, an asyncio or a trio one."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    @property
    def extra_attributes(self) -> Mapping[Any, Callable[[], Any]]:
        """What `extra` knows: `StreamAttribute`."""
        return {StreamAttribute.raw_stream: lambda: self._raw}

    async def aclose(self) -> None:
        """Close it, and let other tasks run."""
        self._raw.close()
        await checkpoint()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} over {self._raw!r}>"

    def _translated(self) -> _Translated:
        return _Translated(self._raw)


class ByteReceiver(Adapter, abc.ByteReceiveStream):
    """What receives."""

    def __init__(self, raw: Any) -> None:
        super().__init__(raw)
        self._receiving = anyio.ResourceGuard("receiving from")

    async def receive(self, max_bytes: int = 65536) -> bytes:
        """Receive at least one and at most MAX_BYTES bytes.

        A cancelled call loses nothing. Raises `EndOfStream`, `ClosedResourceError`,
        `BrokenResourceError` and `BusyResourceError`, all anyio's.
        """
        await checkpoint()
        with self._receiving, self._translated():
            data: bytes = await self._raw.recv(max_bytes)
        if not data and max_bytes:
            raise anyio.EndOfStream
        return data


class ByteSender(Adapter, abc.ByteSendStream):
    """What sends."""

    def __init__(self, raw: Any) -> None:
        super().__init__(raw)
        self._sending = anyio.ResourceGuard("sending to")

    async def send(self, item: bytes) -> None:
        """Send all of ITEM.

        Raises `ClosedResourceError`, `BrokenResourceError` and `BusyResourceError`, all anyio's. A
        call that is cancelled when a part has gone out closes the stream for sending.
        """
        await checkpoint()
        with self._sending, self._translated():
            await self._raw.send_all(item)


class _Translated:
    """Raises anyio's errors for ours, which stay as their cause."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(error, (BrokenPipeError, ConnectionResetError)):
            raise anyio.BrokenResourceError from error
        if isinstance(error, ValueError) and self._raw.closed:
            raise anyio.ClosedResourceError from error
