"""Listeners that the system's service manager has made, for anyio.

The functions are those of `interprocess.os.unix.socket_activation`, and the listeners those of
`interprocess.local_socket.anyio`.
"""

from __future__ import annotations

import sys
from typing import Any

from interprocess._runtimes.anyio import running
from interprocess.capabilities import gate
from interprocess.local_socket.anyio import Listener

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["listeners_from_systemd"]

_PACKAGE = "interprocess.os.unix.socket_activation"


def listeners_from_systemd(
    *,
    names: Collection[str] | None = None,
    unset_environment: bool = False,
    current_user_only: bool | None = None,
) -> dict[str, list[Listener]]:
    """Return the listeners that systemd has passed; otherwise as for the synchronous interface."""
    found: dict[str, list[Any]] = running(_PACKAGE).listeners_from_systemd(
        names=names, unset_environment=unset_environment, current_user_only=current_user_only
    )
    return {name: list(map(Listener, listeners)) for name, listeners in found.items()}


if sys.platform == "darwin":
    __all__ += ["listeners_from_launchd"]

    def listeners_from_launchd(
        name: str, *, current_user_only: bool | None = None
    ) -> list[Listener]:
        """Return launchd's listeners; otherwise as for the synchronous interface."""
        found: list[Any] = running(_PACKAGE).listeners_from_launchd(
            name, current_user_only=current_user_only
        )
        return list(map(Listener, found))


if not TYPE_CHECKING:
    __getattr__ = gate(__name__)
