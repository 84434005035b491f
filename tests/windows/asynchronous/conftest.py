"""The same fixtures as for the portable asynchronous tests."""

from tests.portable.asynchronous.fixtures import warm_runtimes, world

__all__ = ["warm_runtimes", "world"]
