"""Features of every Unix: Unix domain sockets, unnamed pipes, FIFO files."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from interprocess import capabilities

    capabilities.require("unix")
