"""Which barrier this system has that is one for both processes, and whether memory is ordered."""

from __future__ import annotations

import sys

TYPE_CHECKING = False

if sys.platform == "linux":
    from interprocess.os.linux._membarrier import barrier, is_supported, register
else:

    def is_supported() -> bool:
        """Whether the system has such a barrier."""
        return False

    def register() -> None:
        """Have barriers of other processes be ours too."""
        raise NotImplementedError

    def barrier() -> None:
        """Make a barrier for both processes."""
        raise NotImplementedError


__all__ = ["barrier", "is_supported", "register"]
