"""How much room there is in a pipe, as far as the system tells."""

from __future__ import annotations

from interprocess.os.windows._calls import pipes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess.os.windows._pipe.origin import Origin

_told: list[bool] = []


def free_bytes(handle: int) -> int | None:
    """Return how many bytes can be written without waiting; `None` where the handle may not ask.

    0 is also for a pipe from which the peer waits to read more than it takes. A server's end that
    only sends may not ask. NtQueryInformationFile function.
    """
    try:
        return pipes.pipe_information(handle).WriteQuotaAvailable  # type: ignore[no-any-return]  # a field of integers
    except OSError:
        return None  # Whatever else is wrong, writing tells.


def is_told(origin: Origin) -> bool:
    """Whether `free_bytes` tells more than 0 at all: on Wine, it does not.

    There, a write that fits into an empty pipe is not read in part while it waits.
    """
    if origin.is_remote:
        return False  # It depends on the other machine.
    if not _told:
        # Not imported above: that needs this.
        from interprocess.os.windows._pipe.making import RECEIVES, connected_pair

        try:
            server, client = connected_pair(RECEIVES)
        except OSError:
            return True  # Then what is sent goes in small parts, but surely.
        try:
            _told.append(bool(client.perform(free_bytes)))
        finally:
            client.close()
            server.close()
    return _told[0]
