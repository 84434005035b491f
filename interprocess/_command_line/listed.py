"""The details of a socket or a pipe that `interprocess list` prints."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class Process:
    """A process that has a socket open."""

    def __init__(self, pid: int, user: str, command: str) -> None:
        self.pid = pid
        self.user = user
        self.command = command


class Listed:
    """A socket or a pipe."""

    def __init__(
        self,
        address: str,
        name: str | None,
        kind: str,
        state: str,
        clients: int | None = None,
        processes: Sequence[Process] | None = None,
    ) -> None:
        """Create the entry.

        ADDRESS is a readable form of the address. NAME is the text that `connect` accepts, or
        `None`. PROCESSES is `None` if the system does not list them, and empty if we may not see
        them.
        """
        self.address = address
        self.name = name
        self.kind = kind
        self.state = state
        self.clients = clients
        self.processes = processes

    def as_dict(self) -> dict[str, object]:
        """Return the details as a JSON object."""
        processes = self.processes
        return {
            "name": self.name,
            "address": self.address,
            "kind": self.kind,
            "state": self.state,
            "clients": self.clients,
            "processes": None if processes is None else [vars(process) for process in processes],
        }
