"""The same fixtures as for the portable asynchronous tests."""

from tests.portable.asynchronous.fixtures import any_world, warm_runtimes, world

__all__ = ["any_world", "warm_runtimes", "world"]
