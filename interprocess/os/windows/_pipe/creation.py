"""Creating the instances of a server's pipe, all with the same properties."""

from __future__ import annotations

import errno

from interprocess.os.windows import _calls
from interprocess.os.windows._calls import pipes
from interprocess.os.windows._pipe.end import PipeHandle
from interprocess.os.windows._pipe.making import (
    DEFAULT_BUFFER_SIZE,
    UNLIMITED_INSTANCES,
    create_instance,
)
from interprocess.os.windows._pipe.origin import Origin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class PipeCreation:
    """A server's pipe: the arguments of `create_instance`, and the ends made with them."""

    __slots__ = ("_directions", "_ends", "_options", "instance_limit", "path")

    def __init__(
        self,
        path: str,
        directions: int,
        *,
        instance_limit: int = UNLIMITED_INSTANCES,
        **options: Any,
    ) -> None:
        """Prepare; the arguments are those of `create_instance`."""
        self.path = path
        self.instance_limit = instance_limit
        self._directions = directions
        self._options = options
        #: If the number of instances is limited, the ends that were made or adopted here.
        self._ends: list[Origin] = []

    def facts(self) -> dict[str, Any]:
        """Return the arguments that make an equal object in another process."""
        return {
            "path": self.path,
            "directions": self._directions,
            "instance_limit": self.instance_limit,
            **self._options,
        }

    @property
    def is_limited(self) -> bool:
        """True if the number of instances is limited."""
        return self.instance_limit != UNLIMITED_INSTANCES

    def create(self, first: bool) -> PipeHandle:
        """Return the server's end of a new instance; with FIRST, the pipe must not exist yet.

        Raises `OSError` with `EADDRINUSE` if it must be the first and is not.
        """
        handle = self._nothing_yet()
        try:
            handle.obtain(self._create, first)
        except OSError as error:
            raise (_name_taken(error, self.path) if first else None) or error from None
        self._note(handle)
        return handle

    def _create(self, first: bool, owned: list[int]) -> None:
        create_instance(
            self.path,
            self._directions,
            owned,
            first=first,
            instance_limit=self.instance_limit,
            **self._options,
        )

    def adopt(self, handle: int) -> PipeHandle:
        """Return the owner of the HANDLE of an existing instance."""
        adopted = self._nothing_yet()
        adopted.obtain(_put, handle)
        adopted.origin.tell()
        self._note(adopted)
        return adopted

    def _note(self, handle: PipeHandle) -> None:
        if self.is_limited:
            self._ends[:] = [*self.held_ends(), handle.origin]

    def _nothing_yet(self) -> PipeHandle:
        """Return an owner, without a handle yet, for the server's end of an instance."""
        origin = Origin(
            is_server=True,
            has_messages=self._options.get("messages", False),
            quota=self._options.get("output_buffer_size", DEFAULT_BUFFER_SIZE),
            unread=0,
            is_limited=self.is_limited,
        )
        handle = PipeHandle(origin=origin)
        handle.lingers = False
        return handle

    def busy_error(self) -> OSError:
        """Return the error for a pipe at its instance limit."""
        message = f"all {self.instance_limit} instances that the pipe may have are in use"
        return _calls.error_of(_calls.ERROR_PIPE_BUSY, message, self.path)

    def open_ends(self) -> list[Origin]:
        """Return the ends made here that are still open."""
        return [end for end in self._ends if end.handles]

    def held_ends(self) -> list[Origin]:
        """Return the open ends and those that linger after closing: both keep the name ours."""
        return [end for end in self._ends if end.held]


def _put(handle: int, owned: list[int]) -> None:
    owned += (handle,)


def _name_taken(error: OSError, path: str) -> OSError | None:
    """Return a better error if ERROR was raised because the pipe PATH exists; else `None`.

    FILE_FLAG_FIRST_PIPE_INSTANCE only gives 'access denied' in that case.
    """
    if _calls.error_number(error) not in (_calls.ERROR_ACCESS_DENIED, _calls.ERROR_PIPE_BUSY):
        return None
    try:
        pipes.wait_named_pipe(path, 1)
    except OSError as answer:
        if _calls.error_number(answer) == _calls.ERROR_FILE_NOT_FOUND:
            return None
        reason = (
            "the name is in use: by connections that a listener has accepted, or by a listener"
            " whose instances all have clients"
        )
        return OSError(errno.EADDRINUSE, reason, path)
    return OSError(errno.EADDRINUSE, "another listener has this name", path)
