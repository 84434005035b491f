"""A watchdog over every test, and a count of what each leaves open."""

from __future__ import annotations

import faulthandler
import gc
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from interprocess import capabilities
from interprocess.local_socket import Name
from tests import support

# No database: it would keep files open, and runs should not depend on earlier ones. No deadline:
# the machine may be busy, and the watchdog is there.
settings.register_profile(
    "interprocess",
    database=None,
    deadline=None,
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("interprocess")


#: Folders of tests for what not every platform has, and the capability that they need.
NEEDS = {
    "unix": "unix",
    "linux": "linux",
    "windows": "windows",
    "bindings": "unix",  # The generator's own tests, which need no second platform.
    "benchmarks": "unix",
    "torture": "unix",
    "asynchronous": "asyncio",
    "through_memory": "shared_memory_local_socket",
}


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out the folders whose capability is not available."""
    folders = collection_path.relative_to(Path(__file__).parent).parts
    needed = [NEEDS[folder] for folder in folders if folder in NEEDS]
    return None if all(map(capabilities.available, needed)) else True


@pytest.fixture(autouse=True, scope="module")
def lasting_objects() -> None:
    """Take what is there for good out of the collector's sight, at the start of each module.

    Every test collects twice, to count what is open. Looking at all modules and all tests each time
    would take longer than the tests do.
    """
    gc.collect()
    if hasattr(gc, "freeze"):  # PyPy has none.
        gc.freeze()


@pytest.fixture(autouse=True)
def watchdog() -> Iterator[None]:
    """End the whole run, with the stacks of all threads, when a test hangs."""
    faulthandler.dump_traceback_later(support.WATCHDOG, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


@pytest.fixture(autouse=True)
def nothing_left_open(watchdog: None, request: pytest.FixtureRequest) -> Iterator[None]:
    """Compare descriptors or handles, threads and socket files before and after."""
    if request.node.get_closest_marker("leaves_handles") is not None:
        yield
        return
    threads = threading.active_count()
    handles = support.open_handles()
    files = support.left_in_socket_directory()
    yield
    assert support.left_in_socket_directory() == files
    assert threading.active_count() <= threads
    deadline = time.monotonic() + support.THREADS_LINGER
    while support.open_handles() > handles and time.monotonic() < deadline:
        time.sleep(0.01)
    assert support.open_handles() <= handles


@pytest.fixture(params=["path", "namespaced"])
def name(request: pytest.FixtureRequest) -> Name:
    """A fresh name, of each kind in turn."""
    return support.unique_name(request.param)


@pytest.fixture
def path() -> Iterator[Path]:
    """A path in its own directory, which a test must leave empty."""
    directory = Path(support.socket_directory()) / support.unique("d")
    directory.mkdir()
    yield directory / "s"
    directory.rmdir()
