"""What all objects that own the handle of a pipe have in common: streams, halves, ends."""

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
    #: The attributes that a process which gets a duplicate has to get too.
    _modes: tuple[str, ...] = ()
    #: What `send_object` calls it; nothing if it cannot be sent.
    _passed_as = ""

    @classmethod
    def _owning(cls: type[Owner], handle: PipeHandle) -> Owner:
        """Return a new object over a handle that we made, and that needs no validation."""
        owner = cls.__new__(cls)
        owner._handle = handle
        return owner

    @property
    def closed(self) -> bool:
        """Whether the object gave its handle up: closed, detached, split or reunited."""
        return bool(self._handle.closing)

    def close(self) -> None:
        """Close it; closing again does nothing. CloseHandle function.

        Calls of other threads that are in progress are woken and raise `ValueError`. What was sent
        and not yet read stays readable: the handle lingers in the background until the peer has
        read it.
        """
        self._handle.close()

    @property
    def handle(self) -> int:
        """The `HANDLE`, as a number. It stays ours."""
        if self.closed:
            raise closed_error(self)
        return self._handle.number()

    def detach(self) -> int:
        """Give up the `HANDLE`, open, to the caller, who has to close it.

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
        # A constructor that raised has left no handle, a call that was refused an empty one.
        handle = getattr(self, "_handle", None)
        if handle is None or not handle.owned:
            return
        try:
            if not handle.closing:
                warnings.warn(f"unclosed {self!r}", ResourceWarning, stacklevel=2, source=self)
        finally:  # Warnings may be errors.
            self.close()

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        from interprocess.os.windows._pipe.inheritance import reduce_owner

        return reduce_owner(self)


class StreamEnd(HandleOwner, ByteStream):
    """A handle's owner that is a stream too."""

    __slots__ = ()

    def close(self) -> None:
        """Close it; closing again does nothing. CloseHandle function.

        Calls of other threads that are in progress are woken and raise `ValueError`. While files
        over it are open, the connection stays open, and those calls go on. What was sent and not
        yet read stays readable: the handle lingers in the background until the peer has read it.
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
        """Say whether calls that would have to wait raise `BlockingIOError` instead.

        The mode belongs to this object alone: clones and other programs keep theirs.
        """
        check_bool("nonblocking", nonblocking)
        self._handle.set_nonblocking(nonblocking)
