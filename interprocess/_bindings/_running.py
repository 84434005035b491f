"""Facts about the running interpreter."""

from __future__ import annotations

import sys
import time

#: The size of a pointer, which the machine does not tell: a kernel of 64 bits runs programs of 32.
BITS = 64 if sys.maxsize > 2**32 else 32


def has_wide_time() -> bool:
    """Tell whether time_t has more than 32 bits, as the C library sees it."""
    try:
        time.gmtime(2**32)
    except (OverflowError, OSError):
        return False
    return True
