"""Listeners that the system's service manager has made, for trio.

The functions are those of `interprocess.os.unix.socket_activation`, and the listeners those of
`interprocess.local_socket.trio`.
"""

from __future__ import annotations

import sys

from interprocess.capabilities import gate
from interprocess.os.unix.local_socket._async_trio import Listener
from interprocess.os.unix.socket_activation import _systemd

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["listeners_from_systemd"]


def listeners_from_systemd(
    *,
    names: Collection[str] | None = None,
    unset_environment: bool = False,
    current_user_only: bool | None = None,
) -> dict[str, list[Listener]]:
    """Return the listeners that systemd has passed; otherwise as for the synchronous interface."""
    return _systemd.listeners(Listener, names, unset_environment, current_user_only)


if sys.platform == "darwin":
    from interprocess.os.unix.socket_activation import _launchd

    __all__ += ["listeners_from_launchd"]

    def listeners_from_launchd(
        name: str, *, current_user_only: bool | None = None
    ) -> list[Listener]:
        """Return launchd's listeners; otherwise as for the synchronous interface."""
        return _launchd.listeners(Listener, name, current_user_only)


if not TYPE_CHECKING:
    __getattr__ = gate(__name__)
