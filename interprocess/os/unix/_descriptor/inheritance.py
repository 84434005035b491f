"""Handing descriptors to child processes: through `subprocess`, and through `multiprocessing`."""

from __future__ import annotations

from interprocess._interface.byte_stream import closed_error
from interprocess._interface.inheritance import SharedWithChild
from interprocess._interface.multiprocessing_pickles import check_is_for_a_process
from interprocess.os.unix._descriptor.descriptor import Descriptor
from interprocess.os.unix._descriptor.numbers import close_numbers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any

    from interprocess.os.unix._descriptor.owners import DescriptorOwner

#: Seconds for which a receiver waits for the sender to close its duplicate.
_PATIENCE = 5.0


class share_with_child:  # noqa: N801  # used like a function, as the context managers of contextlib are
    """Hand open ends to a child process that `subprocess` starts.

    For example::

        with share_with_child(recver) as shared:
            command = [sys.executable, "child.py", *shared.arguments]
            subprocess.Popen(command, **shared.popen_options)
        recver.close()

    The child makes its object from the argument: `Recver(int(sys.argv[1]))`. The parent's object
    stays open; close it, or receivers do not see the end when the child closes its sender.

    Only this child gets the ends. Unix: `pass_fds`. Windows: a list of handles in `STARTUPINFO`.
    """

    __module__ = "interprocess.unnamed_pipe"

    def __init__(self, *ends: DescriptorOwner) -> None:
        for end in ends:
            # A connection through memory has a descriptor, but does not consist of it alone.
            is_over_one = isinstance(getattr(end, "_descriptor", None), Descriptor)
            if not is_over_one or not hasattr(end, "_owning"):
                raise TypeError(
                    f"only streams, listeners and the ends of pipes are shared, not {end!r}"
                )
            end.fileno()  # Raises `ValueError` if it is closed.
        self._ends = ends

    def __enter__(self) -> SharedWithChild:
        for end in self._ends:
            end._descriptor.share()
        numbers = tuple(end.fileno() for end in self._ends)
        return SharedWithChild(
            arguments=tuple(map(str, numbers)), popen_options={"pass_fds": numbers}
        )

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        pass  # Windows has cleanup to do here.


def reduce_owner(owner: DescriptorOwner) -> tuple[Any, ...]:
    """Return the reduction of OWNER for pickling to another process of `multiprocessing`.

    As with Python's own sockets, a duplicate is sent. A process that is being started inherits it;
    for a running one, `multiprocessing.resource_sharer` keeps it until it is fetched.
    """
    from multiprocessing import reduction

    check_is_for_a_process(owner)
    if owner.closed:
        raise closed_error(owner)
    descriptor = owner._descriptor
    descriptor.share()
    duplicate = descriptor.perform(reduction.DupFd, 0, None)  # type: ignore[attr-defined, unused-ignore]  # Unix only
    state = {name: getattr(owner, name) for name in owner._handed_over}
    return _rebuild, (type(owner), type(descriptor), duplicate, descriptor.nonblocking, state)


def _rebuild(
    owner_type: type[DescriptorOwner],
    descriptor_type: type[Descriptor],
    duplicate: Any,
    nonblocking: bool,
    state: dict[str, Any],
) -> DescriptorOwner:
    numbers: list[int] = []
    try:
        _fetch(duplicate, numbers)
        descriptor = descriptor_type.arrived(numbers)
    finally:
        close_numbers(numbers)
    descriptor.nonblocking = nonblocking
    owner = owner_type._owning(descriptor)
    for name, value in state.items():
        setattr(owner, name, value)
    return owner


def _fetch(duplicate: Any, numbers: list[int]) -> None:
    """Put the descriptor that was sent into a list.

    When `DupFd.detach` returns, the sender's duplicate may still be open. A listener that is closed
    at that moment would find that a process still listens, and leave its file. So this waits for
    the end of the connection to the sender, which comes after the duplicate was closed.
    """
    from multiprocessing import reduction, resource_sharer

    sharer: Any = getattr(resource_sharer, "_resource_sharer", None)
    identifier = getattr(duplicate, "_id", None)
    if sharer is None or identifier is None:  # A process that is being started inherits it.
        numbers += map(type(duplicate).detach, (duplicate,))
        return
    with sharer.get_connection(identifier) as connection:
        numbers += map(reduction.recv_handle, (connection,))
        connection.poll(_PATIENCE)
