"""What only Linux has, and Android, which is Linux underneath."""

from __future__ import annotations

from interprocess import capabilities

capabilities.require("linux")
