"""Pass memory to another process over a stream."""

from __future__ import annotations

from interprocess._interface.passing import unexpected
from interprocess.shared_memory._platform import Memory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess.local_socket._passing import ReceivingCarrier, SendingCarrier


def send_memory(stream: SendingCarrier, memory: Memory, *, pid: int | None = None) -> None:
    """Pass memory to the process at the other end, which calls `recv_memory`.

    No data is copied: afterwards both processes have the same memory. The sender's object and its
    views stay usable. The receiver sees everything that the sender wrote before this call.

    Raises `TypeError` if MEMORY is not a `Memory`, and the errors of
    `interprocess.local_socket.send_object`, which passes objects of every kind and also explains
    `pid`.

    Unix: sendmsg(2), SCM_RIGHTS. Windows: DuplicateHandle function.
    """
    # Imported here: memory can also be used without streams.
    from interprocess.local_socket import send_object

    if not isinstance(memory, Memory):
        raise TypeError(f"memory must be a Memory, not {memory!r}")
    send_object(stream, memory, pid=pid)


def recv_memory(
    stream: ReceivingCarrier,
    *,
    min_size: int = 1,
    max_size: int | None = None,
    writable: bool = False,
) -> Memory:
    """Receive memory that the process at the other end sends with `send_memory`.

    A protocol can require a size between `min_size` and `max_size` bytes, and memory that this
    process can write (`writable=True`). The operating system reports the size, so the peer cannot
    forge it, and it never changes. The peer may change the contents at any time: copy data before
    checking it.

    Closes any other object and raises `UnexpectedObjectError`. Otherwise raises the errors of
    `interprocess.local_socket.recv_object`, which can receive memory as well.
    """
    from interprocess.local_socket import recv_object

    memory = recv_object(stream, Memory)
    try:
        if memory.size < min_size:
            raise unexpected(f"it is memory of {memory.size:,} bytes, fewer than {min_size:,}")
        if max_size is not None and memory.size > max_size:
            raise unexpected(f"it is memory of {memory.size:,} bytes, more than {max_size:,}")
        if writable and memory.read_only:
            raise unexpected("it is read-only memory")
    except BaseException:
        memory.close()
        raise
    return memory
