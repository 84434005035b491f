"""Clients that `interprocess.wait` has accepted, so that `accept` need not wait for one.

Only accepting a client shows whether it is admitted. Otherwise `wait` would report a listener as
ready for a client that it then rejects, and `accept` would wait.
"""

from __future__ import annotations

from interprocess._interface import lifetime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess.os.unix._unix_socket.descriptor import SocketDescriptor


class AdmittedClients:
    """The admitted clients of one listener, in the order of their arrival."""

    def __init__(self) -> None:
        #: Each with the process that accepted it: a forked child leaves its parent's clients alone.
        self._clients: list[tuple[int, SocketDescriptor]] = []

    def __bool__(self) -> bool:
        return any(generation == lifetime.generation for generation, _ in self._clients)

    def add(self, client: SocketDescriptor) -> None:
        """Keep a client that was accepted."""
        self._clients.append((lifetime.generation, client))

    def take(self) -> SocketDescriptor | None:
        """Remove and return the next client, if there is one."""
        while True:
            try:
                generation, client = self._clients.pop(0)
            except IndexError:
                return None
            if generation == lifetime.generation:
                return client
            client.close()

    def turn_away(self) -> None:
        """Close the connections of all clients."""
        while True:
            client = self.take()
            if client is None:
                return
            client.close()
