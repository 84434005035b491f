"""Event loops, and how each runs a coroutine function."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Awaitable, Callable
from typing import Any

Main = Callable[[], Awaitable[Any]]


def run(runtime: str, main: Main) -> Any:
    """Run MAIN in the loop of "asyncio", "uvloop" or "trio"; raise `ImportError` without it."""
    return {"asyncio": _on_asyncio, "uvloop": _on_uvloop, "trio": _on_trio}[runtime](main)


async def _awaiting(main: Main) -> Any:
    return await main()


def _on_asyncio(main: Main) -> Any:
    return asyncio.run(_awaiting(main))


def _on_uvloop(main: Main) -> Any:
    loop = importlib.import_module("uvloop").new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(main())
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def _on_trio(main: Main) -> Any:
    return importlib.import_module("trio").run(main)
