"""Operations of which a completion port tells the end, for asynchronous runtimes."""

from __future__ import annotations

from interprocess._interface.async_runtime import WatchedOperation
from interprocess.errors import UnsupportedError
from interprocess.os.windows import _calls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._interface.async_runtime import CompletionRuntime
    from interprocess.os.windows._pipe.origin import Origin


class Association:
    """Which completion port tells of a pipe's operations, one for all handles of one end."""

    __slots__ = ("owner",)

    def __init__(self) -> None:
        #: What the port belongs to, `None` as long as there is no port.
        self.owner: object | None = None

    @staticmethod
    def of(origin: Origin) -> Association:
        """Return that of an end of a pipe."""
        if origin.association is None:
            origin.association = Association()
        return origin.association

    def ensure(self, handle: int, runtime: CompletionRuntime) -> None:
        """Have the port of the loop that runs tell of HANDLE's operations."""
        owner, port, key = runtime.port()
        if self.owner is owner:
            return
        if self.owner is not None:
            raise _belongs_elsewhere()
        try:
            _calls.associate_with_port(handle, port, key)
        except OSError as error:
            if _calls.error_number(error) != _calls.ERROR_INVALID_PARAMETER:
                raise
            raise _belongs_elsewhere() from None
        self.owner = owner


def _belongs_elsewhere() -> UnsupportedError:
    return UnsupportedError(
        "this end of a pipe was used with another event loop or process, and Windows keeps it there"
    )


class PortOperation(WatchedOperation):
    """An operation of the system.

    It is never used again: the port may tell of its end when everybody knows it already, and would
    then be taken for telling of the next one.
    """

    def __init__(self, handle: int) -> None:
        self.handle = handle
        self.overlapped = _calls.new_overlapped(0)
        self.address = _calls.address_of(self.overlapped)

    @property
    def status(self) -> int:
        """How it ended: 0 is well."""
        return self.overlapped.Internal  # type: ignore[no-any-return]  # a field of integers

    @property
    def pending(self) -> bool:
        return self.status == _calls.STATUS_PENDING

    def goes_on_cancelled(self) -> bool:
        """Return whether it goes on although its call seems to have failed, and cancel it then.

        The error may be another's: `interprocess.os.windows._handle.operation` says more.
        """
        try:
            return _calls.cancel(self.handle, self.overlapped)
        except OSError:
            return False

    @property
    def count(self) -> int:
        """How many bytes it transferred, when it has ended."""
        return self.overlapped.InternalHigh  # type: ignore[no-any-return]  # a field of integers

    def cancel(self) -> bool:
        if self.pending:
            try:
                _calls.cancel(self.handle, self.overlapped)
            except OSError:
                pass  # The handle was closed, which ends it as well.
        return False
