"""Lifetime of a resource that threads, signal handlers and forked processes share.

A resource is what the system knows by a number: a descriptor, a handle. Several threads may be
inside calls on it when another closes it, a signal handler may close it in the midst of a call of
its own thread, and a fork copies all of it in the midst of anything. These rules keep that right:

- **A call in progress holds the resource.** It notes itself in `uses` on the way in, with the
  `generation` of its process, and takes the note off on the way out. While `uses` holds a note of
  this process, the number is not given back.
- **`close()` sets `closing`,** after which no call begins, and then settles.
- **To settle, a thread takes the number out of `owned` first.** Only one can: taking an item out of
  a list is atomic. It wakes the calls in progress or, if there are none, gives the number back to
  the system. What it did not give back it returns to `owned`. So no thread acts on a number that is
  not ours any more, and closing again does nothing.
- **A new owner takes the number the same way,** and sets `closing` too, which it takes back if a
  call is in progress after all. So a thread that has taken the number asks for `closing` again, and
  one that gives it back asks first whether another thread has closed meanwhile.
- **Every call that leaves a closing resource settles too.** A thread that found `owned` empty
  relies on the one that had taken the number, which looks at `uses` again after returning it.

There is no lock. A lock could be held by the very thread that a signal handler has interrupted, or
by a thread that does not exist in a forked child.

Signal handlers may raise. CPython from 3.10 runs them only where a function begins, where a loop
jumps back and after the call of a C function: not between two operators. So what must not be lost
is written with operators: after `taken += map(pop, LAST)` a handler can raise, but what was taken
stands in a list by then, where a `finally`, a second `close()` or a finalizer finds it. A note that
an interrupt leaves in `uses`, and PyPy and CPython 3.9, where a handler can come in between, keep a
resource open until its owner is finalized, and no longer.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

#: How many forks lie between the first process and this one. Calls note it: those that threads of
#: the parent had in progress do not go on in a forked child.
generation = 0

#: The time between two forks. Each fork begins another one, in the parent and in the child: a
#: resource from an older one is shared with another process.
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
    """The lifetime of one resource; a backend says how to wake its calls and how to release it.

    - `owned` holds the number while the resource is ours to act on, and is empty otherwise.
    - `closing` says that no call may begin any more.
    - `uses` and `epoch` are for calls that do in one frame what `perform` of a backend does.
    """

    __slots__ = ("_close_requested", "closing", "epoch", "owned", "uses")

    #: What error messages call the resource.
    _kind: str

    def __init__(self, owned: Sequence[int] = ()) -> None:
        self.epoch = epoch
        self.uses: list[int] = []
        self.owned: list[int] = [*owned]
        self.closing = False
        self._close_requested = False

    @property
    def in_use(self) -> bool:
        """Whether a call of this process is in progress."""
        return generation in self.uses

    @property
    def forked(self) -> bool:
        """Whether this process has forked, or was forked, since it has the resource."""
        return self.epoch is not epoch

    def close(self) -> None:
        """Give the resource back to the system, as soon as the calls in progress have left.

        Those are woken and raise `ClosedError`. Closing again does nothing.
        """
        self._close_requested = True
        self.closing = True
        self.settle()

    def settle(self) -> None:
        """Do what `closing` asks for: wake the calls in progress, or release the resource."""
        while True:
            taken: list[int] = []
            try:
                taken += map(self.owned.pop, LAST)
                # Asked only now: `take` sets it for a moment, and a call that saw it comes here.
                if self.closing:
                    if generation not in self.uses:
                        return self._release(taken)
                    self._wake(taken[0])
            except IndexError:
                return None  # It is released, or another thread has it in hand.
            finally:
                if taken:
                    self.owned += taken
            if not self.closing or generation in self.uses:
                return None  # The calls settle when they leave.

    def __del__(self) -> None:
        # No call is in progress, or it would hold us. So this is what was dropped before it had an
        # owner, or what an interrupted call or an interrupted `close` has left.
        if getattr(self, "owned", None):  # Not there yet if an interrupt came first.
            self.uses.clear()
            self.closing = True
            self.settle()

    def _wake(self, number: int) -> None:
        """Wake the calls in progress, which then find that the resource is closing."""
        raise NotImplementedError

    def _release(self, taken: list[int]) -> None:
        """Give the only item of TAKEN back to the system, and take it out of the list."""
        raise NotImplementedError

    def take(self, taken: list[int]) -> None:
        """Take the number away into a list, for a new owner: no call begins any more.

        Raises `ClosedError` if it is not ours, and `ValueError` if another thread is inside a call.
        Whatever it raises, `give_back` has to follow.
        """
        try:
            taken += map(self.owned.pop, LAST)
        except IndexError:
            raise ClosedError from None
        # Asked before `closing` is set, for the sake of calls in progress, which that would end;
        # and again afterwards, for those that have begun meanwhile.
        self._check_unused()
        self.closing = True
        self._check_unused()

    def _check_unused(self) -> None:
        if generation in self.uses:
            raise ValueError(f"another thread is inside a call on this {self._kind}")

    def give_back(self, taken: list[int]) -> None:
        """Undo `take`, as far as TAKEN has the number still."""
        if not taken:
            return
        self.closing = False
        # Looked at after that, and set by `close` before `closing`: so a closing is not undone, and
        # no call begins on a number that somebody is about to release.
        if self._close_requested:
            self.closing = True
        self.owned += taken
        del taken[:]
        if self.closing:
            self.settle()  # For a thread that has closed meanwhile, and found nothing to close.


class ClosedError(ValueError):
    """The resource was closed, before the call or during it."""

    def __init__(self) -> None:
        super().__init__("I/O operation on closed file")
