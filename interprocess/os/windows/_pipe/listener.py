"""The base of the listeners of local sockets and of named pipes."""

from __future__ import annotations

import warnings

from interprocess._interface.accepting import ListenerBase
from interprocess._interface.byte_stream import closed_error
from interprocess._interface.lifetime import ClosedError
from interprocess._interface.options import check_nonblocking_mode
from interprocess._interface.timeouts import checked_timeout, deadline_after
from interprocess.os.windows import _calls
from interprocess.os.windows._pipe.server import PipeServer
from interprocess.os.windows.share_handle import ShareHandle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, SupportsIndex, TypeVar

    from interprocess._interface.nonblocking_mode import ListenerNonblockingMode
    from interprocess.os.windows._pipe.creation import PipeCreation
    from interprocess.os.windows._pipe.end import PipeHandle

    Owner = TypeVar("Owner", bound="ServerOwner")


class ServerOwner(ShareHandle, ListenerBase):
    """An object that owns a `PipeServer`: accepts from it, shows it, closes it, gives it up."""

    _server: PipeServer
    _accept_nonblocking = False
    _stream_nonblocking = False
    #: The attributes that are copied when the listener is handed to another process.
    _handed_over: tuple[str, ...] = ("_accept_nonblocking", "_stream_nonblocking")

    def _listen(
        self,
        creation: PipeCreation,
        nonblocking: ListenerNonblockingMode,
        adopted: Sequence[PipeHandle] = (),
    ) -> None:
        """Begin to listen; the arguments are those of `PipeServer`."""
        self._server = PipeServer(creation, adopted)
        self.set_nonblocking(nonblocking)

    def _listen_on(
        self, handle: int, creation: PipeCreation, nonblocking: ListenerNonblockingMode
    ) -> None:
        """Begin to listen on an existing instance; the caller still owns HANDLE after an error."""
        adopted = creation.adopt(handle)
        try:
            self._listen(creation, nonblocking, [adopted])
        except BaseException:
            adopted.detach()
            raise

    def _accept(self, timeout: float | None) -> PipeHandle:
        deadline = deadline_after(checked_timeout(timeout))
        handle = self._server.accept(deadline, self._accept_nonblocking)
        handle.nonblocking = self._stream_nonblocking
        return handle

    def _wait_source(self) -> tuple[bool, Any]:
        if self.closed:
            raise closed_error(self)
        return False, self

    def set_nonblocking(self, mode: ListenerNonblockingMode) -> None:
        """Set which calls do not wait: `accept`, those of later streams, both, or neither."""
        check_nonblocking_mode("mode", mode)
        if self.closed:
            raise ClosedError
        self._accept_nonblocking = mode.accept_nonblocking
        self._stream_nonblocking = mode.stream_nonblocking

    @property
    def closed(self) -> bool:
        """True if the listener has given up its handles."""
        return bool(self._server.closing)

    @property
    def handle(self) -> int:
        """The `HANDLE` of the instance that has waited longest, which the listener still owns."""
        if self.closed:
            raise closed_error(self)
        return self._server.handle

    def close(self) -> None:
        """Close the listener; closing again does nothing. CloseHandle function.

        Waiting calls in other threads raise `ValueError`. Clients that have not been accepted are
        disconnected.
        """
        self._server.close()
        self._tell_close_watchers()

    def detach(self) -> int:
        """Return the `HANDLE` of one instance, which the caller then owns, and close the others.

        Raises `ValueError` after `close()`, and while another thread is inside a call.
        """
        if self.closed:
            raise closed_error(self)
        handle = self._server.detach()
        self._tell_close_watchers()
        return handle

    def __enter__(self: Owner) -> Owner:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        from interprocess.os.windows._pipe.inheritance import reduce_listener

        return reduce_listener(self)

    def __repr__(self) -> str:
        state = "closed" if self.closed else f"path={self._server.creation.path!r}"
        return f"<{type(self).__name__} {state}>"

    @_calls.keeping_last_error
    def __del__(self) -> None:
        # It is missing if the constructor raised.
        server = getattr(self, "_server", None)
        if server is None or server.closing:
            return
        try:
            warnings.warn(f"unclosed {self!r}", ResourceWarning, stacklevel=2, source=self)
        finally:  # Warnings may be turned into errors.
            self.close()
