"""O_NONBLOCK of an open file, which belongs to everybody who has that file.

A call that waits in the kernel has no deadline, and only O_NONBLOCK, or a flag for the single call
where there is one, prevents that. But O_NONBLOCK is the open file's: a parent, a sibling or the
next command of a shell sees it too. So these rules hold:

- It is switched on by the first call that needs it, not before.
- Where others have the open file too, each call looks at it again: they may have switched it off.
- Who has switched it on switches it off again when the descriptor is closed, given up or handed to
  a child, and not before: calls may be in progress. When closing, that is the last of our clones in
  this process. A forked child leaves it to its parent.
- No thread switches it off between another thread's look and its call, through any clone:
  nothing would wake that call. So a call notes itself in `calls` before it looks, and who switches
  it off notes that in `restoring` before it looks into `calls`. If both come at once, the call goes
  first: it would have switched it on again anyway.

Another process can still switch it off between our look and our call, which then waits in the
kernel until something arrives.
"""

from __future__ import annotations

import os
from _thread import get_ident
from time import sleep

from interprocess._interface import lifetime

#: How often a call looks whether another thread is done with `restore`, in seconds.
LOOK_AGAIN = 0.0001


class OpenFileMode:
    """What all our descriptors for one open file know of its O_NONBLOCK."""

    __slots__ = ("calls", "clones", "nonblocking", "restoring", "shown", "switched_by")

    def __init__(self, nonblocking: bool) -> None:
        #: Whether it was on when we looked last.
        self.nonblocking = nonblocking
        #: The generation of the process that has to switch it off again; -1 if none has to.
        self.switched_by = -1
        #: Whether the user has the number, and may switch it.
        self.shown = False
        #: An item for each of our descriptors beside the first.
        self.clones: list[None] = []
        #: The generation of each call that relies on it at this moment. None waits meanwhile.
        self.calls: list[int] = []
        #: The generation and the thread of each `restore` in progress.
        self.restoring: list[tuple[int, int]] = []

    def ensure_nonblocking(self, number: int) -> None:
        """Switch it on, unless it is on, until `restore`."""
        if os.get_blocking(number):
            self.switched_by = lifetime.generation
            os.set_blocking(number, False)
        self.nonblocking = True

    def lend(self, number: int) -> None:
        """Take it for switched on by us: the user wants it off."""
        if not os.get_blocking(number):
            self.nonblocking = True
            self.switched_by = lifetime.generation

    def restore(self, number: int) -> bool:
        """Switch it off, if we have switched it on, and return whether we had.

        It stays on for a call that another thread is just making.
        """
        if self.switched_by != lifetime.generation:
            return False
        mine = (lifetime.generation, get_ident())
        restoring = self.restoring
        done: list[None] = []
        switching = map(os.set_blocking, (number,), (True,))
        # From here to the end no signal handler runs, which others might have to wait for.
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
        """Return when no other thread is about to switch it off. `calls` has to have our note.

        A `restore` of this thread, which a signal handler has interrupted, is not waited for.
        """
        this = get_ident()
        while any(
            generation == lifetime.generation and thread != this
            for generation, thread in [*self.restoring]
        ):
            sleep(LOOK_AGAIN)

    def note_switched(self, nonblocking: bool) -> None:
        """Note that the user has switched it, for good."""
        self.nonblocking = nonblocking
        self.switched_by = -1

    def is_last(self) -> bool:
        """Take one descriptor off, and return whether it was the last."""
        try:
            self.clones.pop()
        except IndexError:
            return True
        return False
