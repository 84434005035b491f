"""Features of Windows: named pipes, security descriptors, handles shared with other processes."""

from __future__ import annotations

import sys

if sys.platform != "win32":
    from interprocess import capabilities

    capabilities.require("windows")
