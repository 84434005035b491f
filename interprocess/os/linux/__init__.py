"""Features of Linux and Android, which share a kernel."""

from __future__ import annotations

import sys

if sys.platform != "linux" and sys.platform != "android":
    from interprocess import capabilities

    capabilities.require("linux")
