"""The bases of all objects that own the handle of a pipe: streams, halves, ends."""

from __future__ import annotations

import warnings

from interprocess._interface.byte_stream import ByteStream, closed_error
from interprocess._interface.options import check_bool
from interprocess.os.windows import _calls
from interprocess.os.windows._pipe.peer import pipe_address
from interprocess.os.windows.share_handle import ShareHandle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, SupportsIndex, TypeVar

    from interprocess.os.windows._pipe.end import PipeHandle

    Owner = TypeVar("Owner", bound="HandleOwner")


class HandleOwner(ShareHandle):
    """An object that owns the handle of one end of a pipe: shows it, closes it, gives it up."""

    __slots__ = ()

    _handle: PipeHandle
    #: The attributes that are copied when a duplicate is handed to another process.
    _modes: tuple[str, ...] = ()
    #: Its kind for `send_object`; empty if it cannot be sent.
    _passed_as = ""

    @classmethod
    def _owning(cls: type[Owner], handle: PipeHandle) -> Owner:
        """Return a new object over our own handle, which needs no validation."""
        owner = cls.__new__(cls)
        owner._handle = handle
        return owner

    @property
    def closed(self) -> bool:
        """True if the object has given up its handle: closed, detached, split or reunited."""
        return bool(self._handle.closing)

    def close(self) -> None:
        """Close the handle; closing again does nothing. CloseHandle function.

        Calls in progress in other threads are woken and raise `ValueError`. Data that was sent
        stays readable for the peer: if necessary, the handle stays open in the background.
        """
        self._handle.close()

    @property
    def handle(self) -> int:
        """The `HANDLE`, as a number. This object still owns it."""
        if self.closed:
            raise closed_error(self)
        return self._handle.number()

    def detach(self) -> int:
        """Return the open `HANDLE`, which the caller then owns and has to close.

        Raises `ValueError` after `close()`, and while another thread is inside a call.
        """
        if self.closed:
            raise closed_error(self)
        return self._handle.detach()

    def __repr__(self) -> str:
        state = "closed" if self.closed else f"handle={self._handle.value:#x}"
        return f"<{type(self).__name__} {state}>"

    @_calls.keeping_last_error
    def __del__(self) -> None:
        # The attribute is missing if the constructor raised, and empty after a refused call.
        handle = getattr(self, "_handle", None)
        if handle is None or not handle.owned:
            return
        try:
            if not handle.closing:
                warnings.warn(f"unclosed {self!r}", ResourceWarning, stacklevel=2, source=self)
        finally:  # Warnings may be turned into errors.
            self.close()

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        from interprocess.os.windows._pipe.inheritance import reduce_owner

        return reduce_owner(self)


class StreamEnd(HandleOwner, ByteStream):
    """An owner of a handle that is also a stream."""

    __slots__ = ()

    def close(self) -> None:
        """Close the handle; closing again does nothing. CloseHandle function.

        Calls in progress in other threads are woken and raise `ValueError`. While files over the
        stream are open, the connection stays open and those calls continue. Data that was sent
        stays readable for the peer: if necessary, the handle stays open in the background.
        """
        if self._files is None or not self._files.inherit(self):
            super().close()

    def _heir(self: Owner) -> Owner:
        heir = self._owning(self._handle)
        heir.__dict__.update(self.__dict__, _files=None)
        return heir

    def _forsake(self) -> None:
        self._handle = self._handle.given_up()

    def _number(self) -> int:
        return self.handle

    def _is_nonblocking(self) -> bool:
        return self._handle.nonblocking

    def _end(self) -> None:
        self._handle.close()

    def _address(self, peer: bool) -> str:
        return self._handle.perform(pipe_address, self._handle.origin, peer)

    def set_nonblocking(self, nonblocking: bool) -> None:
        """Set whether calls that would have to wait raise `BlockingIOError` instead.

        The mode belongs to this object alone: clones and other programs keep theirs.
        """
        check_bool("nonblocking", nonblocking)
        self._handle.set_nonblocking(nonblocking)
