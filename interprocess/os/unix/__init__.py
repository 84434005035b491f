"""What every Unix has: Unix domain sockets, unnamed pipes, FIFO files."""

from __future__ import annotations

from interprocess import capabilities

capabilities.require("unix")
