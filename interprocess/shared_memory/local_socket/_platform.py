"""Choose the backend with a plain condition, which type checkers and freezers can follow."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from interprocess.os.windows.local_socket import _below_memory as below
else:
    from interprocess.os.unix.local_socket import _below_memory as below

__all__ = ["below"]
