"""Runtimes are run once before descriptors are counted."""

from __future__ import annotations

import pytest

from tests.portable.asynchronous.worlds import warm_up


@pytest.fixture(scope="session", autouse=True)
def warm_runtimes() -> None:
    """Run each runtime once."""
    warm_up()
