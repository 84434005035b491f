"""Acting in the name of a client."""

from __future__ import annotations

from _thread import get_ident

from interprocess.os.windows import _calls
from interprocess.os.windows._calls import impersonation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess.os.windows._pipe.end import PipeHandle


class ImpersonationGuard:
    """For as long as it stands, the thread that made it has the rights of a client, not its own.

        with stream.impersonate_client():
            ...  # Files are opened, access is checked, as if the client did it.

    Leaving the block or calling `revert()` ends it. That has to happen in the same thread.

    A client that lets the server only identify it, as ours do unless they are told otherwise, can
    be impersonated too, and so who it is can be found out. But every access to anything fails then:
    error 1346, ERROR_BAD_IMPERSONATION_LEVEL.

    The whole thread has the client's rights. In asynchronous code, nothing may be awaited within
    the block: the other tasks would have them as well, and so would the event loop itself.
    """

    __module__ = "interprocess.os.windows.named_pipe"

    __slots__ = ("_thread",)

    def __init__(self, handle: PipeHandle) -> None:
        # Noted before: an interrupt may come when the thread has the client's rights already.
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
        """Whether the thread still has the client's rights."""
        return self._thread is not None

    def revert(self) -> None:
        """Give the thread its own rights back; reverting again does nothing. RevertToSelf function.

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
