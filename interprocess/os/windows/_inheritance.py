"""Handing handles to child processes: through `subprocess`, and through `multiprocessing`."""

from __future__ import annotations

from interprocess._interface.inheritance import SharedWithChild
from interprocess.os.windows import _calls
from interprocess.os.windows._ends import HandleOwner

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any


class share_with_child:  # noqa: N801  # used like a function, as those of contextlib are
    """Hand open ends to a child process that `subprocess` starts.

        with share_with_child(recver) as shared:
            command = [sys.executable, "child.py", *shared.arguments]
            subprocess.Popen(command, **shared.popen_options)
        recver.close()

    The child makes its object of the argument: `Recver(int(sys.argv[1]))`. The parent's object
    stays open; close it, or a receiver does not see the end when the child closes its sender.

    Only this child gets the ends. Unix: `pass_fds`. Windows: a list of handles in `STARTUPINFO`,
    duplicates that are closed in the parent when the block ends.
    """

    def __init__(self, *ends: HandleOwner) -> None:
        for end in ends:
            if not isinstance(end, HandleOwner):
                raise TypeError(f"only streams and the ends of pipes are shared, not {end!r}")
            end.handle  # noqa: B018  # raises if it is closed
        self._ends = ends
        self._duplicates: list[int] = []

    def __enter__(self) -> SharedWithChild:
        # Not imported above: it takes longer than all of ours.
        import subprocess

        try:
            for end in self._ends:
                end._handle.perform(_calls.duplicate_handle, True, self._duplicates)
        except BaseException:
            self._close_duplicates()
            raise
        startupinfo = subprocess.STARTUPINFO(  # type: ignore[attr-defined, unused-ignore]
            lpAttributeList={"handle_list": list(self._duplicates)}
        )
        return SharedWithChild(
            arguments=tuple(map(str, self._duplicates)),
            popen_options={"startupinfo": startupinfo},
        )

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._close_duplicates()

    def _close_duplicates(self) -> None:
        _calls.close_handles(self._duplicates)


def reduce_owner(owner: HandleOwner) -> tuple[Any, ...]:
    """Return what `pickle` needs to make OWNER again in a process that `multiprocessing` starts."""
    from multiprocessing import context

    popen: Any = context.get_spawning_popen()
    if popen is None:
        raise TypeError(
            f"{owner!r} can be pickled only while multiprocessing starts a process, as its argument"
        )
    handle = popen.duplicate_for_child(owner.handle)
    modes = {name: getattr(owner, name) for name in owner._modes}
    origin = owner._handle.origin.facts()
    return _rebuild, (type(owner), handle, owner._handle.nonblocking, origin, modes)


def _rebuild(
    owner_type: type[HandleOwner],
    handle: int,
    nonblocking: bool,
    origin: dict[str, Any],
    modes: dict[str, Any],
) -> HandleOwner:
    from interprocess.os.windows._origin import Origin
    from interprocess.os.windows._pipe_handle import PipeHandle

    owner = owner_type._owning(PipeHandle(handle, nonblocking, Origin(**origin)))
    for name, mode in modes.items():
        setattr(owner, name, mode)
    return owner
