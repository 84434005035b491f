"""Handing descriptors to child processes: through `subprocess`, and through `multiprocessing`."""

from __future__ import annotations

from interprocess._interface.inheritance import SharedWithChild

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any

    from interprocess.os.unix._descriptor.descriptor import Descriptor
    from interprocess.os.unix._descriptor.owners import DescriptorOwner


class share_with_child:  # noqa: N801  # used like a function, as the context managers of contextlib are
    """Hand open ends to a child process that `subprocess` starts.

        with share_with_child(recver) as shared:
            subprocess.Popen([sys.executable, "child.py", *shared.arguments],
            **shared.popen_options)
        recver.close()

    The child makes its object of the argument: `Recver(int(sys.argv[1]))`. The parent's object
    stays open; close it, or a receiver does not see the end when the child closes its sender.

    Only this child gets the ends. Unix: `pass_fds`. Windows: a list of handles in `STARTUPINFO`.
    """

    __module__ = "interprocess.unnamed_pipe"

    def __init__(self, *ends: DescriptorOwner) -> None:
        for end in ends:
            end.fileno()  # Raises if it is closed.
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
        pass  # On Windows there is something to undo here.


def reduce_owner(owner: DescriptorOwner) -> tuple[Any, ...]:
    """Return what `pickle` needs to make OWNER again in a process that is being started."""
    from multiprocessing import context, reduction

    if context.get_spawning_popen() is None:
        raise TypeError(
            f"{owner!r} can be pickled only while multiprocessing starts a process, as its argument"
        )
    descriptor = owner._descriptor
    descriptor.share()
    duplicate = reduction.DupFd(owner.fileno())  # type: ignore[attr-defined, unused-ignore]  # Unix only
    state = {name: getattr(owner, name) for name in owner._handed_over}
    return _rebuild, (type(owner), type(descriptor), duplicate, descriptor.nonblocking, state)


def _rebuild(
    owner_type: type[DescriptorOwner],
    descriptor_type: type[Descriptor],
    duplicate: Any,
    nonblocking: bool,
    state: dict[str, Any],
) -> DescriptorOwner:
    descriptor = descriptor_type.adopt(duplicate.detach())
    descriptor.nonblocking = nonblocking
    owner = owner_type._owning(descriptor)
    for name, value in state.items():
        setattr(owner, name, value)
    return owner
