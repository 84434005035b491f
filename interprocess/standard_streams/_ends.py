"""The public ends, over the implementation for the kind of file of a standard stream."""

from __future__ import annotations

import errno
import sys

from interprocess._interface.async_byte_stream import AsyncByteReceiver, AsyncByteSender
from interprocess.standard_streams._background import BackgroundReceiver, BackgroundSender
from interprocess.standard_streams._platform import polled_receiver, polled_sender

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, TypeVar

    from interprocess._interface.async_runtime import CompletionRuntime
    from interprocess._interface.byte_stream import Buffer, WritableBuffer

    InputType = TypeVar("InputType", bound="Input")
    OutputType = TypeVar("OutputType", bound="Output")

NAMES = ("standard input", "standard output", "standard error")
INPUT, OUTPUT, ERROR = range(3)


def _checked_name(number: int) -> str:
    """Return the name of a standard stream that the program was started with.

    Raises `OSError` (EBADF) if it was closed then, because another file may have its number now.
    """
    if (sys.__stdin__, sys.__stdout__, sys.__stderr__)[number] is None:
        raise OSError(errno.EBADF, f"{NAMES[number]} was closed when the program started")
    return NAMES[number]


class _End:
    """The base of both directions."""

    _raw: Any
    _name: str
    #: The runtimes that wait for descriptors and for threads.
    _runtime: Any
    _threads: CompletionRuntime

    @property
    def closed(self) -> bool:
        """True if it has been closed."""
        return bool(self._raw.closed)

    def close(self) -> None:
        """Close this end; the standard stream itself stays open. Closing again does nothing.

        A file that is shared with other programs gets its original mode back. Calls in progress in
        other tasks are woken and raise `ValueError`.
        """
        self._raw.close()

    async def aclose(self) -> None:
        """Close this end as `close()` does, and let other tasks run."""
        await self._raw.aclose()

    async def _at_once(self, call: Callable[..., Any], *arguments: object) -> Any:
        return await self._raw._at_once(call, *arguments)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}{' closed' if self.closed else ''}: {self._name}>"


class Input(_End, AsyncByteReceiver):
    """Standard input."""

    @classmethod
    def of(cls: type[InputType], number: int) -> InputType:
        """Return the end for a standard stream. Raises `OSError` if it cannot be read."""
        end = cls.__new__(cls)
        end._name = _checked_name(number)
        end._raw = polled_receiver(number, cls._runtime)
        if end._raw is None:
            end._raw = BackgroundReceiver.of(number, cls._threads)
        return end

    async def recv(self, size: int, /) -> bytes:
        return await self._raw.recv(size)  # type: ignore[no-any-return]  # it is bytes

    async def recv_exactly(self, size: int, /) -> bytes:
        return await self._raw.recv_exactly(size)  # type: ignore[no-any-return]  # it is bytes

    recv_exactly.__doc__ = AsyncByteReceiver.recv_exactly.__doc__

    async def recv_into(self, buffer: WritableBuffer, /) -> int:
        return await self._raw.recv_into(buffer)  # type: ignore[no-any-return]  # it is a number

    async def recv_vectored(self, buffers: Sequence[WritableBuffer], /) -> int:
        return await self._raw.recv_vectored(buffers)  # type: ignore[no-any-return]  # it is a number


class Output(_End, AsyncByteSender):
    """Standard output or standard error."""

    @classmethod
    def of(cls: type[OutputType], number: int) -> OutputType:
        """Return the end for a standard stream. Raises `OSError` if it cannot be written."""
        end = cls.__new__(cls)
        end._name = _checked_name(number)
        end._raw = polled_sender(number, cls._runtime)
        if end._raw is None:
            end._raw = BackgroundSender.of(number, cls._threads)
        return end

    async def send(self, data: Buffer, /) -> int:
        return await self._raw.send(data)  # type: ignore[no-any-return]  # it is a number

    async def send_vectored(self, buffers: Sequence[Buffer], /) -> int:
        return await self._raw.send_vectored(buffers)  # type: ignore[no-any-return]  # it is a number

    async def send_all(self, data: Buffer, /) -> None:
        await self._raw.send_all(data)

    send_all.__doc__ = AsyncByteSender.send_all.__doc__

    async def wait_writable(self) -> None:
        """Wait until there may be room to send."""
        await self._raw.wait_writable()

    def _stop_sending(self) -> None:
        self._raw._stop_sending()
