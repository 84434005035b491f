"""O_NONBLOCK of an open file, which affects every process that has the file.

A call that waits in the kernel has no deadline. Only O_NONBLOCK prevents that wait, or a flag for
the single call where one exists. But O_NONBLOCK belongs to the open file: a parent, a sibling or
the next command of a shell is affected too. So these rules apply:

- The first call that needs it switches it on, not earlier.
- If another process or a clone has the open file too, each call checks the mode again: it may have
  been switched off.
- The process that has switched it on switches it off again when the descriptor is closed, given up
  or handed to a child, but not earlier, since calls may be in progress. On closing, the last of its
  clones in this process does so. A forked child leaves it to its parent.
- No thread switches it off between another thread's check and its call, through any clone, since
  nothing would wake that call. So a call adds a note to `calls` before it checks, and a thread that
  switches it off adds one to `restoring` before it checks `calls`. If both happen at once, the call
  has priority: it would have switched it on again anyway.

Another process can still switch it off between our check and our call, which then waits in the
kernel until data arrives.
"""

from __future__ import annotations

import os
from _thread import get_ident
from time import sleep

from interprocess._interface import lifetime

#: The interval at which a call checks whether another thread has finished `restore`, in seconds.
LOOK_AGAIN = 0.0001


class OpenFileMode:
    """The state of O_NONBLOCK that all our descriptors for one open file share."""

    __slots__ = ("calls", "clones", "nonblocking", "restoring", "shown", "switched_by")

    def __init__(self, nonblocking: bool) -> None:
        #: True if it was on at the last check.
        self.nonblocking = nonblocking
        #: The generation of the process that must switch it off again; -1 if none must.
        self.switched_by = -1
        #: True if the user has the number, and may switch it.
        self.shown = False
        #: An item for each of our descriptors except the first.
        self.clones: list[None] = []
        #: The generation of each call that relies on it at this moment. Such calls do not wait.
        self.calls: list[int] = []
        #: The generation and the thread of each `restore` in progress.
        self.restoring: list[tuple[int, int]] = []

    def ensure_nonblocking(self, number: int) -> None:
        """Switch it on until `restore`, unless it is on already."""
        if os.get_blocking(number):
            self.switched_by = lifetime.generation
            os.set_blocking(number, False)
        self.nonblocking = True

    def lend(self, number: int) -> None:
        """Treat it as switched on by us: the user wants it off."""
        if not os.get_blocking(number):
            self.nonblocking = True
            self.switched_by = lifetime.generation

    def restore(self, number: int) -> bool:
        """Switch it off if we have switched it on, and return whether we had.

        It stays on for a call that another thread is making at this moment.
        """
        if self.switched_by != lifetime.generation:
            return False
        mine = (lifetime.generation, get_ident())
        restoring = self.restoring
        done: list[None] = []
        switching = map(os.set_blocking, (number,), (True,))
        # No signal handler runs from here to the end; other threads might have to wait for it.
        restoring += (mine,)
        try:
            if lifetime.generation not in self.calls:
                self.nonblocking = False
                done += switching
                self.switched_by = -1
        finally:
            restoring.remove(mine)
        return True

    def wait_for_restore(self) -> None:
        """Wait until no other thread is about to switch it off. `calls` must have our note.

        This does not wait for a `restore` of this thread that a signal handler has interrupted.
        """
        this = get_ident()
        while any(
            generation == lifetime.generation and thread != this
            for generation, thread in [*self.restoring]
        ):
            sleep(LOOK_AGAIN)

    def note_switched(self, nonblocking: bool) -> None:
        """Note that the user has switched it permanently."""
        self.nonblocking = nonblocking
        self.switched_by = -1

    def is_last(self) -> bool:
        """Remove one descriptor, and return whether it was the last."""
        try:
            self.clones.pop()
        except IndexError:
            return True
        return False
