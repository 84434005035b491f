"""Listeners that the system's service manager has made, for anyio.

The functions are those of `interprocess.os.unix.socket_activation`, and the listeners those of
`interprocess.local_socket.anyio`.
"""

from __future__ import annotations

import sys
from typing import Any

from interprocess._runtimes.anyio import trio_runs
from interprocess.capabilities import gate
from interprocess.local_socket.anyio import Listener

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from types import ModuleType

__all__ = ["listeners_from_systemd"]


def _running() -> ModuleType:
    """Return our module for the runtime that runs, asyncio's if none does yet.

    By import statements: tools that freeze a program do not see a computed name.
    """
    if trio_runs():
        from interprocess.os.unix.socket_activation import trio

        return trio
    from interprocess.os.unix.socket_activation import asyncio

    return asyncio


def listeners_from_systemd(
    *,
    names: Collection[str] | None = None,
    unset_environment: bool = False,
    current_user_only: bool | None = None,
) -> dict[str, list[Listener]]:
    """Return the listeners that systemd has passed; otherwise as for the synchronous interface."""
    found: dict[str, list[Any]] = _running().listeners_from_systemd(
        names=names, unset_environment=unset_environment, current_user_only=current_user_only
    )
    return {name: list(map(Listener, listeners)) for name, listeners in found.items()}


if sys.platform == "darwin":
    __all__ += ["listeners_from_launchd"]

    def listeners_from_launchd(
        name: str, *, current_user_only: bool | None = None
    ) -> list[Listener]:
        """Return launchd's listeners; otherwise as for the synchronous interface."""
        found: list[Any] = _running().listeners_from_launchd(
            name, current_user_only=current_user_only
        )
        return list(map(Listener, found))


if not TYPE_CHECKING:
    __getattr__ = gate(__name__)
