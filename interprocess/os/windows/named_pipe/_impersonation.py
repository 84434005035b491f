"""Impersonating a client."""

from __future__ import annotations

from _thread import get_ident

from interprocess.os.windows import _calls
from interprocess.os.windows._calls import impersonation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess.os.windows._pipe.end import PipeHandle


class ImpersonationGuard:
    """While it is active, the thread that made it has the rights of a client, not its own.

        with stream.impersonate_client():
            ...  # Files are opened, and access is checked, as if by the client.

    Leaving the block or calling `revert()` ends the impersonation. This must happen in the same
    thread.

    A client that only allows identification, the default of our clients, can be impersonated too,
    which reveals its user. But then all access to objects fails with error 1346,
    ERROR_BAD_IMPERSONATION_LEVEL.

    The whole thread has the client's rights. Do not use `await` within the block: other tasks and
    the event loop would have these rights too.
    """

    __module__ = "interprocess.os.windows.named_pipe"

    __slots__ = ("_thread",)

    def __init__(self, handle: PipeHandle) -> None:
        # Noted first: an interrupt may come when the thread already has the client's rights.
        self._thread: int | None = get_ident()
        try:
            handle.perform(impersonation.impersonate_named_pipe_client)
        except (OSError, ValueError):
            self._thread = None
            raise
        except BaseException:
            self.revert()
            raise

    @property
    def active(self) -> bool:
        """True while the thread has the client's rights."""
        return self._thread is not None

    def revert(self) -> None:
        """Restore the thread's own rights; reverting again does nothing. RevertToSelf function.

        Raises `RuntimeError` in another thread. An `OSError` means that the thread still has the
        client's rights: the process should end.
        """
        if self._thread is None:
            return
        if self._thread != get_ident():
            raise RuntimeError("only the thread that impersonates a client can revert to itself")
        impersonation.revert_to_self()
        self._thread = None

    def __enter__(self) -> ImpersonationGuard:
        return self

    def __exit__(self, *exception: object) -> None:
        self.revert()

    @_calls.keeping_last_error
    def __del__(self) -> None:
        if self._thread == get_ident():
            self.revert()
