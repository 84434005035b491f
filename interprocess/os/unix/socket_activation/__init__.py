"""Listeners that the system's service manager has made: systemd's, and launchd's on macOS.

The manager listens, starts the program when a client comes (or before), and hands the listening
sockets over; so no client is refused while the program starts, or is started again.

    from interprocess.local_socket import serve
    from interprocess.os.unix.socket_activation import listeners_from_systemd

    [listener] = listeners_from_systemd()["example.socket"]
    serve(listener, answer)

The socket files are the manager's: closing a listener leaves them. `docs/started-by-others.md` has
the files that systemd and launchd want.
"""

from __future__ import annotations

import sys

from interprocess import capabilities
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

    A socket's name is that of its unit (`example.socket`) unless `FileDescriptorName=` gives it
    another one, and `unknown` where the manager tells no names. One name may have several
    listeners. Nothing was passed, and the result is empty, if `LISTEN_PID` is missing or is another
    process: the one that this one was started by, for example.

    `names` says which to take, where the others are no listening Unix domain stream sockets, or are
    for other parts of the program; a name that was not passed is left out. `unset_environment`
    removes `LISTEN_PID`, `LISTEN_FDS` and `LISTEN_FDNAMES` from the environment, also if the call
    fails, so that child processes do not see them. `current_user_only` is that of `Listener`.

    From then on no child process inherits any of what was passed. fcntl(2). Each listener can be
    taken once. Raises `ValueError`, with the number of the descriptor and what it is, for one that
    is no listening Unix domain stream socket, or was taken already, and for variables that
    contradict each other; `OSError` (EBADF) for one that is not open. Then nothing is taken.
    """
    return _systemd.listeners(Listener, names, unset_environment, current_user_only)


if sys.platform == "darwin":
    from interprocess.os.unix.socket_activation import _launchd

    __all__ += ["listeners_from_launchd"]

    def listeners_from_launchd(
        name: str, *, current_user_only: bool | None = None
    ) -> list[Listener]:
        """Return the listeners that launchd has for this job. launch_activate_socket(3).

        NAME is a key of `Sockets` in the job's property list; it may have several sockets.
        `current_user_only` is that of `Listener`.

        Each can be taken once: then it is `OSError` with `EALREADY`. Raises `FileNotFoundError` for
        a name that the job does not have, `ProcessLookupError` if launchd has not started this
        process, and `ValueError` for sockets that are no listening Unix domain stream sockets,
        which are closed.
        """
        return _launchd.listeners(Listener, name, current_user_only)


if not TYPE_CHECKING:
    __getattr__ = capabilities.gate(__name__)
