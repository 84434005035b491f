"""Features of Linux, and of Android, which has its kernel."""

from __future__ import annotations

import sys

if sys.platform != "linux" and sys.platform != "android":
    from interprocess import capabilities

    capabilities.require("linux")
