"""Handing handles to child processes: through `subprocess`, and through `multiprocessing`."""

from __future__ import annotations

import os

from interprocess._interface.inheritance import SharedWithChild
from interprocess._interface.multiprocessing_pickles import check_is_for_a_process
from interprocess.os.windows import _calls
from interprocess.os.windows._calls import processes
from interprocess.os.windows._handle.argument import note_sharing
from interprocess.os.windows._pipe.owners import HandleOwner

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Any

    from interprocess.os.windows._pipe.listener import ServerOwner


class share_with_child:  # noqa: N801  # used like a function, as those of contextlib are
    """Hand open ends to a child process that `subprocess` starts.

    For example::

        with share_with_child(recver) as shared:
            command = [sys.executable, "child.py", *shared.arguments]
            subprocess.Popen(command, **shared.popen_options)
        recver.close()

    The child makes its object from the argument: `Recver(int(sys.argv[1]))`. The parent's object
    stays open; close it, or receivers do not see the end when the child closes its sender.

    Only this child gets the ends. Unix: `pass_fds`. Windows: a list of handles in `STARTUPINFO`,
    duplicates that are closed in the parent when the block ends. The list has to include the
    standard handles too; they are handed over where `Popen` does not redirect them.

    Windows: in a virtual environment, `sys.executable` is a launcher. It starts the interpreter,
    waits for it and keeps the ends open meanwhile: a receiver does not see the end of the stream
    before the child has ended. `sys._base_executable` is the interpreter itself.
    """

    __module__ = "interprocess.unnamed_pipe"

    def __init__(self, *ends: HandleOwner) -> None:
        for end in ends:
            if not isinstance(end, HandleOwner):
                raise TypeError(f"only streams, ends of pipes and memory are shared, not {end!r}")
            end.handle  # noqa: B018  # raises if it is closed
        self._ends = ends
        self._duplicates: list[int] = []

    def __enter__(self) -> SharedWithChild:
        # Imported here: `subprocess` takes longer to import than this whole package.
        from interprocess.os.windows._pipe.startup_info import StartupInfo

        try:
            for end in self._ends:
                end._handle.perform(_calls.duplicate_handle, True, self._duplicates)
            handles = list(self._duplicates)
            startupinfo = StartupInfo(handles, self._duplicates)
        except BaseException:
            self._close_duplicates()
            raise
        return SharedWithChild(
            arguments=tuple(map(str, handles)), popen_options={"startupinfo": startupinfo}
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


class _ParkedHandle:
    """A handle of this process, until the process that unpickles this object fetches it.

    As with `multiprocessing`'s own connections, the other process needs the right to duplicate
    handles, which processes of the same user have. A handle that is never fetched stays open until
    this process ends.
    """

    def __init__(self, handle: int) -> None:
        self._pid = os.getpid()
        self._handle = handle

    def fetch(self) -> int:
        """Fetch the handle and return its number in this process. Call it only once."""
        if self._pid == os.getpid():
            return self._handle
        process = processes.open_process(self._pid, processes.PROCESS_DUP_HANDLE)
        try:
            return processes.take_from(process, self._handle)
        finally:
            _calls.close_handle(process)


def _parcel(owner: object, duplicate: Callable[[list[int]], None]) -> int | _ParkedHandle:
    """Return a picklable object for the handle that DUPLICATE puts into a list."""
    popen = check_is_for_a_process(owner)
    duplicates: list[int] = []
    try:
        duplicate(duplicates)
        if popen is not None:
            return int(popen.duplicate_for_child(duplicates[0]))
        parked = _ParkedHandle(duplicates[0])
        del duplicates[:]
        return parked
    finally:
        _calls.close_handles(duplicates)


def _fetch(handle: int | _ParkedHandle) -> int:
    return handle.fetch() if isinstance(handle, _ParkedHandle) else handle


def reduce_owner(owner: HandleOwner) -> tuple[Any, ...]:
    """Return the reduction of OWNER for pickling to another process of `multiprocessing`."""

    def duplicate(duplicates: list[int]) -> None:
        note_sharing(owner)  # Raises `ValueError` if it is closed.
        owner._handle.perform(_calls.duplicate_handle, False, duplicates)

    handle = _parcel(owner, duplicate)
    modes = {name: getattr(owner, name) for name in owner._modes}
    origin = owner._handle.origin.facts()
    return _rebuild, (type(owner), handle, owner._handle.nonblocking, origin, modes)


def _rebuild(
    owner_type: type[HandleOwner],
    handle: int | _ParkedHandle,
    nonblocking: bool,
    origin: dict[str, Any],
    modes: dict[str, Any],
) -> HandleOwner:
    from interprocess.os.windows._pipe.end import PipeHandle
    from interprocess.os.windows._pipe.origin import Origin

    owner = owner_type._owning(PipeHandle(_fetch(handle), nonblocking, Origin(**origin)))
    for name, mode in modes.items():
        setattr(owner, name, mode)
    return owner


def reduce_memory(memory: Any) -> tuple[Any, ...]:
    """Return what `pickle` needs to make shared memory again in another process."""

    def duplicate(duplicates: list[int]) -> None:
        memory._check_open()
        memory._handle.perform(_calls.duplicate_handle, False, duplicates)

    return _rebuild_memory, (type(memory), _parcel(memory, duplicate))


def _rebuild_memory(memory_type: Any, handle: int | _ParkedHandle) -> Any:
    return memory_type.adopt(_fetch(handle))


def reduce_listener(listener: ServerOwner) -> tuple[Any, ...]:
    """Return the reduction of LISTENER for pickling to another process of `multiprocessing`.

    That process gets its own instance and makes more. Each client connects to one of the two.
    """
    creation = listener._server.creation

    def duplicate(duplicates: list[int]) -> None:
        listener.handle  # noqa: B018  # raises if it is closed
        try:
            instance = creation.create(first=False)
        except OSError as error:
            if _calls.error_number(error) != _calls.ERROR_PIPE_BUSY:
                raise
            raise creation.busy_error() from None
        try:
            instance.perform(_calls.duplicate_handle, False, duplicates)
        finally:
            instance.close()

    handle = _parcel(listener, duplicate)
    facts = creation.facts()
    descriptor = facts.pop("security_descriptor", None)
    sddl = None if descriptor is None else descriptor.to_sddl()
    attributes = {name: getattr(listener, name) for name in listener._handed_over}
    if sddl is not None and "options" in attributes:
        attributes["options"] = attributes["options"].replace(security_descriptor=None)
    return _rebuild_listener, (type(listener), handle, facts, sddl, attributes)


def _rebuild_listener(
    listener_type: type[ServerOwner],
    handle: int | _ParkedHandle,
    facts: dict[str, Any],
    sddl: str | None,
    attributes: dict[str, Any],
) -> ServerOwner:
    from interprocess._interface.nonblocking_mode import ListenerNonblockingMode
    from interprocess.os.windows._pipe.creation import PipeCreation

    if sddl is not None:
        from interprocess.os.windows.security_descriptor import SecurityDescriptor

        facts["security_descriptor"] = descriptor = SecurityDescriptor.from_sddl(sddl)
        if "options" in attributes:
            options = attributes["options"].replace(security_descriptor=descriptor)
            attributes["options"] = options
    listener = listener_type.__new__(listener_type)
    listener._listen_on(_fetch(handle), PipeCreation(**facts), ListenerNonblockingMode.NEITHER)
    for name, attribute in attributes.items():
        setattr(listener, name, attribute)
    return listener
