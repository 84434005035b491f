"""Choose the backend with a plain condition, which type checkers and freezers can follow."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from interprocess.os.windows._shared_memory import Memory
else:
    from interprocess.os.unix._shared_memory.memory import Memory

__all__ = ["Memory"]
