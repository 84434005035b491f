"""Our asynchronous streams with anyio's interfaces, on the runtime that anyio runs on."""

from __future__ import annotations

import sys

try:
    import anyio
except ModuleNotFoundError as error:
    raise ImportError(
        'anyio is not installed: pip install "pyinterprocess[anyio]"', name="anyio"
    ) from error

from anyio import abc
from anyio.lowlevel import checkpoint

from interprocess._interface.async_byte_stream import AsyncResource
from interprocess.errors import UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType, TracebackType
    from typing import Any, TypeVar

    AdapterType = TypeVar("AdapterType", bound="Adapter")

    from interprocess._interface.peer_creds import PeerCreds


class StreamAttribute(anyio.TypedAttributeSet):
    """The attributes of our streams for anyio's `extra` method."""

    __module__ = "interprocess.local_socket.anyio"

    #: The asyncio or trio stream below.
    raw_stream: Any = anyio.typed_attribute()
    #: The credentials of a local socket's peer, as `peer_creds()` returns them.
    peer_creds: PeerCreds = anyio.typed_attribute()
    #: The number of bytes that the system buffers for sending and for receiving.
    send_buffer_size: int = anyio.typed_attribute()
    recv_buffer_size: int = anyio.typed_attribute()


def trio_runs() -> bool:
    """Whether trio runs, and not asyncio."""
    trio = sys.modules.get("trio")
    if trio is None:
        return False
    try:
        trio.lowlevel.current_trio_token()
    except RuntimeError:
        return False
    return True


class Adapter(abc.AsyncResource, anyio.TypedAttributeProvider):
    """An object with an interface of anyio's over one of our asyncio or trio objects."""

    #: What returns the running runtime's module, and the name of the class in it, if there is one.
    _raw_class: tuple[Callable[[], ModuleType] | None, str] = None, ""

    @classmethod
    def from_sync(cls: type[AdapterType], thing: Any) -> AdapterType:
        """Return the object for a synchronous one, which gives up its descriptor or handle."""
        running, name = cls._raw_class
        if running is None:
            raise UnsupportedError(f"{cls.__name__} has no synchronous counterpart")
        return cls(getattr(running(), name).from_sync(thing))

    def __init__(self, raw: Any) -> None:
        if not isinstance(raw, AsyncResource):
            raise TypeError(
                f"{type(self).__name__} takes an object of our asyncio or trio modules, not {raw!r}"
            )
        self._raw: Any = raw

    @property
    def extra_attributes(self) -> Mapping[Any, Callable[[], Any]]:
        """The attributes for `extra`: those of `StreamAttribute`."""
        return {StreamAttribute.raw_stream: lambda: self._raw}

    async def aclose(self) -> None:
        """Close the object and let other tasks run."""
        self._raw.close()
        await checkpoint()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} over {self._raw!r}>"

    def _translated(self) -> _Translated:
        return _Translated(self._raw)


class ByteReceiver(Adapter, abc.ByteReceiveStream):
    """A receiving end."""

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
    """A sending end."""

    def __init__(self, raw: Any) -> None:
        super().__init__(raw)
        self._sending = anyio.ResourceGuard("sending to")

    async def send(self, item: bytes) -> None:
        """Send all of ITEM.

        Raises `ClosedResourceError`, `BrokenResourceError` and `BusyResourceError`, all anyio's. A
        call that is cancelled after it has sent a part closes the stream for sending.
        """
        await checkpoint()
        with self._sending, self._translated():
            await self._raw.send_all(item)


class _Translated:
    """Translates our errors into anyio's, whose cause they become."""

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
