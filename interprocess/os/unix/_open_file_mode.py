"""O_NONBLOCK of an open file, which belongs to everybody who has that file.

A call that waits in the kernel has no deadline, and only O_NONBLOCK, or a flag for the single call
where there is one, prevents that. But O_NONBLOCK is the open file's: a parent, a sibling or the
next command of a shell sees it too. So these rules hold:

- It is switched on by the first call that needs it, not before.
- Where others have the open file too, each call looks at it again: they may have switched it off.
- Who has switched it on switches it off again when the descriptor is closed, given up or handed to
  a child, and not before: calls may be in progress. When closing, that is the last of our clones in
  this process. A forked child leaves it to its parent.

Another process can still switch it off between our look and our call, which then waits in the
kernel until something arrives.
"""

from __future__ import annotations

import os

from interprocess._interface import lifetime


class OpenFileMode:
    """What all our descriptors for one open file know of its O_NONBLOCK."""

    __slots__ = ("clones", "nonblocking", "switched_by")

    def __init__(self, nonblocking: bool) -> None:
        #: Whether it was on when we looked last.
        self.nonblocking = nonblocking
        #: The generation of the process that has to switch it off again; -1 if none has to.
        self.switched_by = -1
        #: An item for each of our descriptors beside the first.
        self.clones: list[None] = []

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
        """Switch it off, if we have switched it on, and return whether we had."""
        if self.switched_by != lifetime.generation:
            return False
        self.nonblocking = False
        os.set_blocking(number, True)
        self.switched_by = -1
        return True

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
