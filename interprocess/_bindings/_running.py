"""Facts about the running interpreter."""

from __future__ import annotations

import os
import sys

#: The size of a pointer, which the machine does not tell: a kernel of 64 bits runs programs of 32.
BITS = 64 if sys.maxsize > 2**32 else 32


def machine() -> str:
    """Return the processor as uname(1) names it."""
    if sys.platform == "win32":
        return ""
    return os.uname().machine
