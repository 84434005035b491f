"""Detect Wine, and skip tests that need a feature Wine lacks."""

from __future__ import annotations

import sys

import pytest


def _is_wine() -> bool:
    if sys.platform != "win32":
        return False
    import ctypes

    return hasattr(ctypes.windll.ntdll, "wine_get_version")


IS_WINE = _is_wine()


def lacking_on_wine(evidence: str) -> pytest.MarkDecorator:
    """Skip a test on Wine; EVIDENCE is what it lacks and how that was observed."""
    return pytest.mark.skipif(IS_WINE, reason=f"Wine: {evidence}")
