"""Calls on a handle that the user names: as a number, or as one of our objects that owns it."""

from __future__ import annotations

from interprocess._interface.byte_stream import closed_error
from interprocess.os.windows import _calls
from interprocess.os.windows._handle import ClosedHandleError, Handle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol, TypeVar, Union

    class HandleOwner(Protocol):
        """What `interprocess.os.windows._ends` has the class for."""

        _handle: Handle

    #: A handle's number, or a listener, stream, half or pipe end.
    HandleArgument = Union[int, HandleOwner]

    Result = TypeVar("Result")


def call_on(target: HandleArgument, call: Callable[..., Result], *arguments: object) -> Result:
    """Return `call(handle, *arguments)`; an owner's handle is not closed meanwhile.

    Raises `TypeError` for what is no handle, and `ValueError` for a number that cannot be one and
    for an owner that is closed.
    """
    owned = _owned_handle(target)
    if owned is None:
        return call(checked_handle(target), *arguments)
    try:
        return owned.perform(call, *arguments)
    except ClosedHandleError:
        raise closed_error(target) from None


def call_on_and_close(
    target: HandleArgument, call: Callable[..., Result], *arguments: object
) -> Result:
    """Return `call(handle, *arguments)` and close the handle; if the call fails, it stays open.

    Raises the same as `call_on`, and `ValueError` while another thread is inside a call on it.
    """
    owned = _owned_handle(target)
    if owned is None:
        number = checked_handle(target)
    else:
        try:
            number = owned.detach()
        except ClosedHandleError:
            raise closed_error(target) from None
    try:
        result = call(number, *arguments)
    except BaseException:
        if owned is not None:
            owned.attach()
        raise
    _calls.close_handle(number)
    return result


def _owned_handle(target: HandleArgument) -> Handle | None:
    owned = getattr(target, "_handle", None)
    return owned if isinstance(owned, Handle) else None


def checked_handle(number: object) -> int:
    """Return a handle's number. Raises `TypeError` or `ValueError` for what cannot be one.

    Negative numbers stand for other things: -1 is both 'invalid' and the process itself.
    """
    if isinstance(number, bool) or not isinstance(number, int):
        kind = type(number).__name__
        raise TypeError(f"a handle is an int, or an object of ours that owns one, not {kind}")
    if not 0 < number < 1 << 32:
        raise ValueError(f"{number} is not a handle")
    return number
