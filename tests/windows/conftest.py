"""What the tests on Windows need before handles are counted: limbo empty, events kept."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from interprocess.os.windows import _limbo
from interprocess.os.windows._operation import MOST_IDLE, Operation


@pytest.fixture(autouse=True, scope="session")
def events_are_kept() -> None:
    """Make the events that are kept for later, so that no test is counted for them."""
    operations = [Operation() for _ in range(MOST_IDLE)]
    for operation in operations:
        operation.give_back()


@pytest.fixture(autouse=True)
def nothing_in_limbo(nothing_left_open: None) -> Iterator[None]:
    """Wait for handles in limbo before others count what is open."""
    yield
    _limbo.wait_for_all(10)
