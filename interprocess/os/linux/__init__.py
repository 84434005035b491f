"""What only Linux has, and Android, which is Linux underneath."""

from __future__ import annotations

import sys

if sys.platform != "linux" and sys.platform != "android":
    from interprocess import capabilities

    capabilities.require("linux")
