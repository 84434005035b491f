"""Every test of the asynchronous interface runs on asyncio, on asyncio over uvloop, and on trio."""

from tests.portable.asynchronous.fixtures import any_world, warm_runtimes, world

__all__ = ["any_world", "warm_runtimes", "world"]
