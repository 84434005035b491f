"""Lifetime of a resource that threads, signal handlers and forked processes share.

A resource is an object that the system identifies by a number: a descriptor, a handle. Several
threads may be inside calls on it when another closes it, a signal handler may close it during a
call of its own thread, and a fork may copy all of it at any moment. These rules make that safe:

- **A call in progress holds the resource.** It adds a note to `uses` when it begins, with the
  `generation` of its process, and removes the note when it ends. While `uses` has a note of this
  process, the number is not released.
- **`close()` sets `closing`,** after which no call begins, and then settles.
- **To settle, a thread takes the number out of `owned` first.** Only one thread can: taking an item
  out of a list is atomic. It wakes the calls in progress or, if there are none, releases the
  number. If it did not release the number, it returns it to `owned`. So no thread acts on a number
  that is no longer ours, and closing again does nothing.
- **A new owner takes the number the same way,** and sets `closing` too, which it clears again if a
  call is in progress after all. So a thread that has taken the number checks `closing` again, and
  one that gives it back first checks whether another thread has closed meanwhile.
- **Every call that leaves a closing resource settles too.** A thread that found `owned` empty
  relies on the thread that had taken the number, which checks `uses` again after returning it.

There is no lock. A lock could be held by the thread that a signal handler has interrupted, or by a
thread that does not exist in a forked child.

Signal handlers may raise. CPython from 3.10 runs them only where a function begins, where a loop
jumps back and after the call of a C function: not between two operators. So code that must not lose
a number uses operators: after `taken += map(pop, LAST)` a handler can raise, but by then the item
is in a list, where a `finally`, a second `close()` or a finalizer finds it. If an interrupt leaves
a note in `uses`, or on PyPy and CPython 3.9, where a handler can run in between, the resource stays
open until its owner is finalized, but no longer.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

#: The number of forks between the first process and this one. Calls note it: calls of the parent's
#: threads do not continue in a forked child.
generation = 0

#: The epoch between two forks. Each fork begins a new one, in the parent and in the child: a
#: resource from an older epoch is shared with another process.
epoch = object()

#: For `map(items.pop, LAST)`, which takes the last item out of a list.
LAST = (-1,)


def _forked_in_parent() -> None:
    global epoch
    epoch = object()


def _forked_in_child() -> None:
    global generation, epoch
    generation += 1
    epoch = object()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_parent=_forked_in_parent, after_in_child=_forked_in_child)


class Lifetime:
    """The lifetime of one resource; a backend implements waking its calls and releasing it.

    - `owned` has the number while this object may act on the resource, and is empty otherwise.
    - `closing` is true once no call may begin any more.
    - `uses` and `epoch` are for calls that inline a backend's `perform`.
    """

    __slots__ = ("_close_requested", "closing", "epoch", "owned", "uses")

    #: The kind of resource, for error messages.
    _kind: str

    def __init__(self, owned: Sequence[int] = ()) -> None:
        self.epoch: object = epoch
        self.uses: list[int] = []
        self.owned: list[int] = [*owned]
        self.closing: bool = False
        self._close_requested = False

    @property
    def in_use(self) -> bool:
        """Return true if a call of this process is in progress."""
        return generation in self.uses

    @property
    def forked(self) -> bool:
        """Return true if this process has forked, or was forked, since it got the resource."""
        return self.epoch is not epoch

    def close(self) -> None:
        """Release the resource as soon as the calls in progress have left.

        These are woken and raise `ClosedError`. Closing again does nothing.
        """
        self._close_requested = True
        self.closing = True
        self.settle()

    def settle(self) -> None:
        """If `closing` is set, wake the calls in progress, or release the resource."""
        while True:
            taken: list[int] = []
            try:
                taken += map(self.owned.pop, LAST)
                # Checked only now: `take` sets it for a moment, and a call that saw that comes
                # here.
                if self.closing:
                    if generation not in self.uses:
                        return self._release(taken)
                    self._wake(taken[0])
            except IndexError:
                return None  # It is released, or another thread has taken it.
            finally:
                if taken:
                    self.owned += taken
            if not self.closing or generation in self.uses:
                return None  # The calls settle when they leave.

    def __del__(self) -> None:
        # No call is in progress, or it would hold a reference. So this resource was dropped before
        # it had an owner, or left by an interrupted call or `close`.
        if getattr(self, "owned", None):  # Missing if an interrupt came first.
            self.uses.clear()
            self.closing = True
            self.settle()

    def _wake(self, number: int) -> None:
        """Wake the calls in progress, which then find that the resource is closing."""
        raise NotImplementedError

    def _release(self, taken: list[int]) -> None:
        """Release the only item of TAKEN, and remove it from the list."""
        raise NotImplementedError

    def take(self, taken: list[int]) -> None:
        """Move the number into a list, for a new owner: no call begins any more.

        Raises `ClosedError` if it is not ours, and `ValueError` if another thread is inside a call.
        Whatever it raises, `give_back` must follow.
        """
        try:
            taken += map(self.owned.pop, LAST)
        except IndexError:
            raise ClosedError from None
        # Checked before `closing` is set, which would end calls in progress, and again afterwards,
        # for calls that have begun meanwhile.
        self._check_unused()
        self.closing = True
        self._check_unused()

    def _check_unused(self) -> None:
        if generation in self.uses:
            raise ValueError(f"another thread is inside a call on this {self._kind}")

    def give_back(self, taken: list[int]) -> None:
        """Undo `take`, if TAKEN still has the number."""
        if not taken:
            return
        self.closing = False
        # Looked at after that, and set by `close` before `closing`: so a closing is not undone, and
        # no call begins on a number that another thread is about to release.
        if self._close_requested:
            self.closing = True
        self.owned += taken
        del taken[:]
        if self.closing:
            self.settle()  # For a thread that has closed meanwhile and found nothing to close.


class ClosedError(ValueError):
    """The resource was closed before or during the call."""

    def __init__(self) -> None:
        super().__init__("I/O operation on closed file")
