"""The base of listeners that are responsible for a socket file."""

from __future__ import annotations

from interprocess._interface.accepting import ListenerBase
from interprocess._interface.byte_stream import closed_error
from interprocess._interface.lifetime import ClosedError
from interprocess.os.unix._files.socket_file import SocketFile
from interprocess.os.unix.local_socket._owners import SocketOwner

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess.os.unix.local_socket._admitted_clients import AdmittedClients
    from interprocess.os.unix.local_socket._names import Name


class SocketFileOwner(SocketOwner, ListenerBase):
    """A listener, and its socket file if it has one."""

    name: Name
    _passed_as = "listener"
    _socket_file: SocketFile | None = None
    #: Clients that `interprocess.wait` has accepted.
    _admitted: AdmittedClients | None = None

    def keep_name(self) -> None:
        """Leave the socket file in place when this process closes the listener."""
        socket_file = self._socket_file  # Another thread may detach the listener.
        if socket_file is not None:
            socket_file.wanted = False

    #: The Rust crate's name for it.
    do_not_reclaim_name_on_drop = keep_name

    def reclaim_name_on_drop(self, name: Name | None = None) -> None:
        """Remove the socket file when this process closes the listener.

        By default a listener does so in the process that made it. Call this in a process that got
        the listener from its parent, by fork(2) or on start-up, and serves it from now on: it
        becomes responsible for the file. See `docs/daemons.md`.

        An adopted listener (`Listener(fd)`) expects its file at `name`, by default its own name,
        and raises `OSError` if no process listens there. It removes the file only if it is its own
        and no other process still has the listener open, as with `Listener(fd, reclaim_name=True)`.
        Raises `ValueError` if the listener is closed. Has no effect for names that are not files.
        """
        if self.closed:
            raise closed_error(self)
        if name is not None:
            self.name = name
        socket_file = self._socket_file
        if socket_file is not None:
            socket_file.claim()
        elif not self.name.is_abstract():
            self._socket_file = SocketFile.of_another_process(self.name.address)

    def close(self) -> None:
        """Close the listener and remove its socket file. close(2), unlink(2).

        Only the file that the listener made is removed, never one that has replaced it. The process
        that made the listener removes it at once, unless it has forked or handed the listener to a
        child and has never accepted. In that case, and in any other process, the file is removed
        only if no process still has the listener open. The same applies to a listener that is
        garbage-collected without being closed. See `docs/daemons.md`.

        Waiting calls in other threads or tasks raise `ValueError`. The connections of clients that
        have not been accepted are closed.
        """
        socket_file = self._socket_file
        if socket_file is not None and not self.closed:
            descriptor = self._descriptor
            if socket_file.before_closing(descriptor.others_have_it):
                # A call in progress keeps the socket open, even if another thread closes it
                # meanwhile, so no other file can be mistaken for ours.
                try:
                    descriptor.perform(socket_file.remove, 0, None)
                except ClosedError:
                    pass
        super().close()
        self._after_closing()
        self._turn_admitted_away()
        self._tell_close_watchers()

    def _after_closing(self) -> None:
        socket_file = self._socket_file
        if socket_file is not None and self.closed:
            socket_file.remove_if_dead()

    def __del__(self) -> None:
        # It is missing if the constructor raised.
        has_descriptor = getattr(self, "_descriptor", None) is not None
        if self._socket_file is not None:
            # The listener was not closed: perhaps the process exits and leaves it to a child.
            self._socket_file.has_accepted = False
            # The garbage collector may have finalized, and so closed, the descriptor already.
            if has_descriptor and not self.closed:
                self._socket_file.before_closing(others_have_it=True)
        super().__del__()
        if has_descriptor:
            self._after_closing()

    def detach(self) -> int:
        """Return the open file descriptor; the caller then owns it and its socket file.

        Raises `ValueError` after `close()`, and while another thread or task is inside a call.
        """
        number = super().detach()
        self._socket_file = None
        self._turn_admitted_away()
        self._tell_close_watchers()
        return number

    def _turn_admitted_away(self) -> None:
        if self._admitted is not None:
            self._admitted.turn_away()
