"""The facts about an end of a pipe that were known when it was made, and its users."""

from __future__ import annotations

from _thread import RLock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess.os.windows._async_pipe.operation import Association

#: The facts that another process has to know too.
_FACTS = ("has_messages", "is_limited", "is_remote", "is_server", "quota")


#: More than the size of any pipe's buffer.
UNKNOWN = 1 << 32


class Origin:
    """The origin of an end of a pipe. All handles for the same end share one.

    Some facts about an end cannot be queried later. A fact that is `None` was not known, for
    example for an adopted end.
    """

    __slots__ = (
        *_FACTS,
        "association",
        "dirty",
        "handles",
        "is_shared",
        "is_told",
        "lingering",
        "receiving_has_ended",
        "turn",
        "unread",
    )

    def __init__(
        self,
        *,
        is_server: bool | None = None,
        has_messages: bool | None = None,
        quota: int | None = None,
        unread: int = UNKNOWN,
        is_remote: bool = False,
        is_limited: bool = False,
    ) -> None:
        self.is_server = is_server
        self.has_messages = has_messages
        #: The number of bytes that the pipe holds of this end's data before the peer reads.
        self.quota = quota
        #: The maximum number of bytes from this end that are in the pipe.
        self.unread = unread
        #: True if other processes may have the end too, and send.
        self.is_shared: bool = unread >= UNKNOWN
        #: True if its number was handed out, so that other processes may have it at any time.
        self.is_told: bool = False
        #: Held from querying the room in the pipe until a write that relies on it has begun.
        #: Reentrant, since a signal handler may send too.
        self.turn: RLock = RLock()
        #: True if the other end is on another machine, so that the pipe is not in our memory.
        self.is_remote = is_remote
        #: True if the end counts towards the pipe's instance limit.
        self.is_limited = is_limited
        #: The completion port of the end, for asynchronous owners.
        self.association: Association | None = None
        #: An item for each handle of an owner in this process. Lists change atomically on every
        #: Python.
        self.handles: list[None] = []
        #: True if data that was sent through a closed handle may not have been read.
        self.dirty = False
        #: True if the last handle was closed and waits in the background for the peer to read.
        self.lingering = False
        #: True if all receives through this process's handles end, as at the end of the stream.
        self.receiving_has_ended = False

    def tell(self) -> None:
        """Note that a handle's number is handed out: others may have the end from now on."""
        self.is_shared = self.is_told = True

    @property
    def held(self) -> bool:
        """True if this process has the end open, perhaps only in the background."""
        return self.lingering or bool(self.handles)

    def facts(self) -> dict[str, object]:
        """Return what to make the same of in another process, as arguments."""
        return {name: getattr(self, name) for name in _FACTS}
