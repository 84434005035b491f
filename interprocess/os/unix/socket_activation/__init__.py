"""Listeners that the system's service manager has made: systemd's, and launchd's on macOS.

The manager listens, starts the program when a client comes (or earlier), and hands over the
listening sockets. So no client is refused while the program starts or restarts.

    from interprocess.local_socket import serve
    from interprocess.os.unix.socket_activation import listeners_from_systemd

    [listener] = listeners_from_systemd()["example.socket"]
    serve(listener, answer)

The socket files belong to the manager: closing a listener leaves them. `docs/started-by-others.md`
shows the configuration files of systemd and launchd.
"""

from __future__ import annotations

import sys

from interprocess.capabilities import gate
from interprocess.os.unix.local_socket._listener import Listener
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
    """Return the listeners that systemd has passed to this process, by name. getsockname(2).

    A socket's name is that of its unit (`example.socket`) unless `FileDescriptorName=` sets another
    one, and `unknown` if the manager passes no names. One name may have several listeners. The
    result is empty if `LISTEN_PID` is missing or is another process's id, for example the parent's.

    `names` selects the sockets to take, if the others are not listening Unix domain stream sockets,
    or are for other parts of the program; names that were not passed are ignored.
    `unset_environment` removes `LISTEN_PID`, `LISTEN_FDS` and `LISTEN_FDNAMES` from the
    environment, even if the call fails, so that child processes do not see them.
    `current_user_only` is that of `Listener`.

    All passed descriptors become close-on-exec. fcntl(2). Each listener can be taken once. Raises
    `ValueError` with a description for a descriptor that is not a listening Unix domain stream
    socket or was already taken, and for contradictory variables; `OSError` (EBADF) for a descriptor
    that is not open. After an error, nothing is taken.
    """
    return _systemd.listeners(Listener, names, unset_environment, current_user_only)


if sys.platform == "darwin":
    from interprocess.os.unix.socket_activation import _launchd

    __all__ += ["listeners_from_launchd"]

    def listeners_from_launchd(
        name: str, *, current_user_only: bool | None = None
    ) -> list[Listener]:
        """Return the listeners that launchd passes to this job. launch_activate_socket(3).

        NAME is a key of `Sockets` in the job's property list; it may have several sockets.
        `current_user_only` is that of `Listener`.

        Each name can be taken once; later calls raise `OSError` with `EALREADY`. Raises
        `FileNotFoundError` for a name that the job does not have, `ProcessLookupError` if launchd
        has not started this process, and `ValueError` for sockets that are not listening Unix
        domain stream sockets; these are closed.
        """
        return _launchd.listeners(Listener, name, current_user_only)


if not TYPE_CHECKING:
    __getattr__ = gate(__name__)
