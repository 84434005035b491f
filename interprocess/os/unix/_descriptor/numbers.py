"""File descriptors on their way from the system to an owner, and back.

If a signal handler raises between the system call that makes a descriptor and the statement that
stores its number, the number is lost. So the call itself stores it, in a list that an owner already
has: `numbers += map(call, …)` completes before a handler can run. See
`interprocess._interface.lifetime`.
"""

from __future__ import annotations

import os

from interprocess._bindings.libc import ffi

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def close_numbers(numbers: list[int]) -> None:
    """Close every descriptor in a list of this thread, and remove it. close(2)."""
    while numbers:
        number = numbers[-1]
        # No handler can raise between these two: see `interprocess._interface.lifetime`.
        del numbers[-1]
        if number < 0:
            continue  # The result of a call that failed and was then interrupted.
        try:
            os.close(number)
        except ConnectionResetError:
            pass  # FreeBSD's error if the peer has left; the descriptor is closed.


class Numbers(list):  # type: ignore[type-arg]  # not subscripted at run time
    """Descriptors that belong to a function, which closes them before it returns.

    The finalizer closes descriptors that an interrupt has left.
    """

    __slots__ = ()

    def __del__(self) -> None:
        close_numbers(self)


def move_numbers(source: list[int], owned: list[int]) -> None:
    """Move the descriptors in a list to the list of their new owner."""
    # No handler can raise between these two: see `interprocess._interface.lifetime`.
    owned += source
    del source[:]


class NewPair:
    """Two descriptors that the system writes into memory, until owners take them."""

    __slots__ = ("_numbers",)

    def __init__(self, create: Callable[..., None], *arguments: object) -> None:
        """Make them by CREATE, which takes ARGUMENTS and the memory for two numbers."""
        self._numbers = ffi.new("int[2]", (-1, -1))
        create(*arguments, self._numbers)

    def move(self, index: int, owned: list[int]) -> None:
        """Move one of the two to the list of an owner."""
        numbers = self._numbers
        # No handler can raise between these two: see `interprocess._interface.lifetime`.
        owned += (numbers[index],)
        numbers[index] = -1

    def __del__(self) -> None:
        pair = getattr(self, "_numbers", None)  # Missing if an interrupt came first.
        if pair is not None and (pair[0] >= 0 or pair[1] >= 0):
            close_numbers([pair[0], pair[1]])  # Ignores -1.
