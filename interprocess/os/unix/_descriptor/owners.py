"""What all that own a descriptor have in common: listeners, streams, halves, pipe ends."""

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
    """An object that owns a descriptor: shows it, closes it, gives it up."""

    __slots__ = ()

    _descriptor: Descriptor
    #: The attributes that the object has in a process to which it is handed.
    _handed_over: tuple[str, ...] = ()
    #: What `send_object` calls it; nothing if it cannot be sent.
    _passed_as = ""

    @classmethod
    def _owning(cls: type[Owner], descriptor: Descriptor) -> Owner:
        """Return a new object over a descriptor that we made, and that needs no validation."""
        owner = cls.__new__(cls)
        owner._descriptor = descriptor
        return owner

    @property
    def closed(self) -> bool:
        """Whether the object gave its descriptor up: closed, detached, split or reunited."""
        return bool(self._descriptor.closing)

    def close(self) -> None:
        """Close it; closing again does nothing. close(2).

        Calls of other threads that are in progress are woken and raise `ValueError`.
        """
        self._descriptor.close()

    def fileno(self) -> int:
        """Return the file descriptor, which stays ours: for `selectors`, `subprocess` and the like.

        The open file of a pipe or a listener is in the mode in which it was found, until the next
        call. A child that gets the number of a stream this way is not known to have it: closing the
        stream while another thread is inside a call on it ends the connection for the child too.
        `share_with_child` prevents that.
        """
        number = self._number()
        self._descriptor.show()
        return number

    def _number(self) -> int:
        if self.closed:
            raise closed_error(self)
        return self._descriptor.number

    def detach(self) -> int:
        """Give up the file descriptor, open, to the caller, who has to close it.

        Raises `ValueError` after `close()`, and while another thread is inside a call.
        """
        if self.closed:
            raise closed_error(self)
        return self._descriptor.detach()

    def __repr__(self) -> str:
        state = "closed" if self.closed else f"fd={self._descriptor.number}"
        return f"<{type(self).__name__} {state}>"

    def __del__(self) -> None:
        # A constructor that raised has left no descriptor, a call that was refused an empty one.
        descriptor = getattr(self, "_descriptor", None)
        if descriptor is None or not descriptor.owned:
            return
        try:
            if not descriptor.closing:
                warnings.warn(f"unclosed {self!r}", ResourceWarning, stacklevel=2, source=self)
        finally:  # Warnings may be errors.
            self.close()

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        from interprocess.os.unix._descriptor.inheritance import reduce_owner

        return reduce_owner(self)


class StreamEnd(DescriptorOwner, ByteStream):
    """A descriptor's owner that is a stream too."""

    __slots__ = ()

    def close(self) -> None:
        """Close it; closing again does nothing. close(2).

        Calls of other threads that are in progress are woken and raise `ValueError`. While files
        over it are open, the connection stays open, and those calls go on.
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
        """Say whether calls that would have to wait raise `BlockingIOError` instead. fcntl(2).

        The flag (O_NONBLOCK) belongs to the open file: other programs that share it see it too. Our
        own objects, clones among them, keep each their own mode all the same.
        """
        check_bool("nonblocking", nonblocking)
        self._descriptor.set_nonblocking(nonblocking)
