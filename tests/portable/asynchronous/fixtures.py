"""The fixtures of all asynchronous tests, also of those for one platform."""

from __future__ import annotations

import pytest

from tests.portable.asynchronous.worlds import RUNTIMES, World, new_world, warm_up


@pytest.fixture(scope="session", autouse=True)
def warm_runtimes() -> None:
    """Run each runtime once, before descriptors are counted."""
    warm_up()


@pytest.fixture(params=RUNTIMES)
def world(request: pytest.FixtureRequest) -> World:
    """One runtime after the other."""
    try:
        return new_world(request.param)
    except ImportError as error:
        pytest.skip(f"{request.param} is not installed: {error}")
