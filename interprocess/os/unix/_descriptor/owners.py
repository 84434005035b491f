"""The bases of all objects that own a descriptor: listeners, streams, halves, pipe ends."""

from __future__ import annotations

import warnings

from interprocess._interface.byte_stream import ByteStream, closed_error
from interprocess._interface.options import check_bool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, SupportsIndex, TypeVar

    from interprocess.os.unix._descriptor.descriptor import Descriptor

    Owner = TypeVar("Owner", bound="DescriptorOwner")


class DescriptorOwner:
    """An object that owns a descriptor: exposes it, closes it, gives it up."""

    __slots__ = ()

    _descriptor: Descriptor
    #: The attributes that are copied when the object is handed to another process.
    _handed_over: tuple[str, ...] = ()
    #: Its kind for `send_object`; empty if it cannot be sent.
    _passed_as = ""

    @classmethod
    def _owning(cls: type[Owner], descriptor: Descriptor) -> Owner:
        """Return a new object over our own descriptor, which needs no validation."""
        owner = cls.__new__(cls)
        owner._descriptor = descriptor
        return owner

    @property
    def closed(self) -> bool:
        """True if the object has given up its descriptor: closed, detached, split or reunited."""
        return bool(self._descriptor.closing)

    def close(self) -> None:
        """Close the descriptor; closing again does nothing. close(2).

        Calls in progress in other threads are woken and raise `ValueError`.
        """
        self._descriptor.close()

    def fileno(self) -> int:
        """Return the file descriptor, which this object still owns, for `selectors` and the like.

        The open file of a pipe or a listener gets its original mode back until the next call. This
        object does not know whether a child gets the number of a stream this way: closing the
        stream while another thread is inside a call then ends the connection for the child too. Use
        `share_with_child` to prevent that.
        """
        number = self._number()
        self._descriptor.show()
        return number

    def _number(self) -> int:
        if self.closed:
            raise closed_error(self)
        return self._descriptor.number

    def detach(self) -> int:
        """Return the open file descriptor, which the caller then owns and has to close.

        Raises `ValueError` after `close()`, and while another thread is inside a call.
        """
        if self.closed:
            raise closed_error(self)
        return self._descriptor.detach()

    def __repr__(self) -> str:
        state = "closed" if self.closed else f"fd={self._descriptor.number}"
        return f"<{type(self).__name__} {state}>"

    def __del__(self) -> None:
        # The attribute is missing if the constructor raised, and empty after a refused call.
        descriptor = getattr(self, "_descriptor", None)
        if descriptor is None or not descriptor.owned:
            return
        try:
            if not descriptor.closing:
                warnings.warn(f"unclosed {self!r}", ResourceWarning, stacklevel=2, source=self)
        finally:  # Warnings may be turned into errors.
            self.close()

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        from interprocess.os.unix._descriptor.inheritance import reduce_owner

        return reduce_owner(self)


class StreamEnd(DescriptorOwner, ByteStream):
    """An owner of a descriptor that is also a stream."""

    __slots__ = ()

    def close(self) -> None:
        """Close the descriptor; closing again does nothing. close(2).

        Calls in progress in other threads are woken and raise `ValueError`. While files over the
        stream are open, the connection stays open and those calls continue.
        """
        if self._files is None or not self._files.inherit(self):
            self._descriptor.close()

    def _heir(self: Owner) -> Owner:
        heir = self._owning(self._descriptor)
        heir.__dict__.update(self.__dict__, _files=None)
        return heir

    def _forsake(self) -> None:
        nothing = type(self._descriptor)()
        nothing.closing = True
        self._descriptor = nothing

    def _is_nonblocking(self) -> bool:
        return self._descriptor.nonblocking

    def set_nonblocking(self, nonblocking: bool) -> None:
        """Set whether calls that would have to wait raise `BlockingIOError` instead. fcntl(2).

        The flag (O_NONBLOCK) belongs to the open file and affects other programs that share it. But
        each of our own objects, including clones, keeps its own mode.
        """
        check_bool("nonblocking", nonblocking)
        self._descriptor.set_nonblocking(nonblocking)
