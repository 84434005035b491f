"""Calls on a handle that the user passes: a number, or one of our objects that owns it."""

from __future__ import annotations

from interprocess._interface.byte_stream import closed_error
from interprocess._interface.lifetime import ClosedError
from interprocess.os.windows import _calls
from interprocess.os.windows._handle.handle import Handle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol, TypeVar, Union

    class HasHandle(Protocol):
        """A listener, stream, half or pipe end."""

        @property
        def handle(self) -> int:
            """The number; an error if the object is closed."""
            ...

        def detach(self) -> int:
            """Give the handle up."""
            ...

    #: A handle's number, or one of our objects.
    HandleArgument = Union[int, HasHandle]

    Result = TypeVar("Result")


def call_on(target: HandleArgument, call: Callable[..., Result], *arguments: object) -> Result:
    """Return `call(handle, *arguments)`.

    The handle of a stream, half or pipe end is not closed meanwhile; that of a listener may be.
    Raises `TypeError` for an object that is not a handle, and `ValueError` for an impossible number
    and for a closed object.
    """
    owned = _owned_handle(target)
    if owned is None:
        return call(_number(target), *arguments)
    try:
        return owned.perform(call, *arguments)
    except ClosedError:
        raise closed_error(target) from None


def call_on_and_close(
    target: HandleArgument, call: Callable[..., Result], *arguments: object
) -> Result:
    """Return `call(handle, *arguments)` and close the handle, having detached it from its object.

    If the call fails, nothing changes, except that a listener is closed, as it cannot restart.
    Raises the same as `call_on`, and `ValueError` while another thread is inside a call.
    """
    number = _number(target)
    if isinstance(target, int):
        result = call(number, *arguments)
        _calls.close_handle(number)
        return result
    owned = _owned_handle(target)
    if owned is not None:
        return owned.give_away(call, *arguments)
    instance = Handle(target.detach())
    try:
        return instance.give_away(call, *arguments)
    finally:
        instance.close()


def note_sharing(target: HandleArgument) -> None:
    """Note for the end of a pipe that other processes will have it too and may send."""
    getattr(target, "handle", None)  # A caller that gets the number may pass it on.


def _owned_handle(target: HandleArgument) -> Handle | None:
    """Return the owned handle of our object; `None` for a number, and for a listener's several."""
    owned = getattr(target, "_handle", None)
    return owned if isinstance(owned, Handle) else None


def _number(target: HandleArgument) -> int:
    return checked_handle(getattr(target, "handle", target))


def checked_handle(number: object) -> int:
    """Return a handle's number. Raises `TypeError` or `ValueError` for an impossible one.

    Negative numbers have other meanings: -1 is both 'invalid' and the process itself.
    """
    if isinstance(number, bool) or not isinstance(number, int):
        kind = type(number).__name__
        raise TypeError(
            f"a handle is an int or an object of this library that owns one, not {kind}"
        )
    if not 0 < number < 1 << 32:
        raise ValueError(f"{number} is not a handle")
    return number
