"""Acting in the name of a client."""

from __future__ import annotations

from _thread import get_ident

from interprocess.os.windows import _impersonation_calls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess.os.windows._pipe_handle import PipeHandle


class ImpersonationGuard:
    """For as long as it stands, the thread that made it has the rights of a client, not its own.

        with stream.impersonate_client():
            ...  # Files are opened, access is checked, as if the client did it.

    Leaving the block or calling `revert()` ends it. That has to happen in the same thread.
    """

    __slots__ = ("_thread",)

    def __init__(self, handle: PipeHandle) -> None:
        self._thread: int | None = None
        handle.perform(_impersonation_calls.impersonate_named_pipe_client)
        self._thread = get_ident()

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
        _impersonation_calls.revert_to_self()
        self._thread = None

    def __enter__(self) -> ImpersonationGuard:
        return self

    def __exit__(self, *exception: object) -> None:
        self.revert()

    def __del__(self) -> None:
        if self._thread == get_ident():
            self.revert()
