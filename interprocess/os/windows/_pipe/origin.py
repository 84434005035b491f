"""What was known of an end of a pipe when it was made, and who of us has it."""

from __future__ import annotations

from _thread import RLock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess.os.windows._async_pipe.operation import Association

#: What another process has to know too.
_FACTS = ("has_messages", "is_limited", "is_remote", "is_server", "quota")


#: More than any pipe's buffer takes.
UNKNOWN = 1 << 32


class Origin:
    """Where an end of a pipe comes from. All handles for the same end share one.

    Not every end can be asked later what it is. What is `None` was not known, as of an end that was
    adopted.
    """

    __slots__ = (
        *_FACTS,
        "association",
        "dirty",
        "handles",
        "is_shared",
        "is_told",
        "lingering",
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
        #: How many bytes that this end sends go into the pipe before anybody reads.
        self.quota = quota
        #: How many bytes that this end has sent are in the pipe, at most.
        self.unread = unread
        #: Whether other processes may have the end too, and send.
        self.is_shared = unread >= UNKNOWN
        #: Whether its number was told, so that others can have it at any time.
        self.is_told = False
        #: Held from looking at the room in the pipe until a write has begun that counts on it. A
        #: signal handler may send too.
        self.turn = RLock()
        #: Whether the other end is on another machine, so that the pipe is not in our memory.
        self.is_remote = is_remote
        #: Whether the end takes one of the instances of which the pipe may have only so many.
        self.is_limited = is_limited
        #: Which completion port the end has, for asynchronous owners.
        self.association: Association | None = None
        #: An item for each handle that an owner here has. Lists change in one step on every Python.
        self.handles: list[None] = []
        #: Whether something was sent through one that is closed, and may not have been read.
        self.dirty = False
        #: Whether the last of them was closed and waits in the background for the peer to read.
        self.lingering = False

    def tell(self) -> None:
        """Note that the number of a handle is told: others can have the end from now on."""
        self.is_shared = self.is_told = True

    @property
    def held(self) -> bool:
        """Whether this process has the end open, if only in the background."""
        return self.lingering or bool(self.handles)

    def facts(self) -> dict[str, object]:
        """Return what to make the same of in another process, as arguments."""
        return {name: getattr(self, name) for name in _FACTS}
