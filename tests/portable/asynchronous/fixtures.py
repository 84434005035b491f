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
    return _new_world(request.param)


@pytest.fixture(params=["sync", *RUNTIMES])
def any_world(request: pytest.FixtureRequest) -> World:
    """The same, and the synchronous classes, for what is the same with them."""
    return _new_world(request.param)


def _new_world(name: str) -> World:
    try:
        return new_world(name)
    except ImportError as error:
        pytest.skip(f"{name} is not installed: {error}")
