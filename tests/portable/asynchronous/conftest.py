"""Every test of the asynchronous interface runs on asyncio, on asyncio over uvloop, and on trio."""

from tests.portable.asynchronous.fixtures import warm_runtimes, world

__all__ = ["warm_runtimes", "world"]
