"""One typed Python function for each C function: arguments in, result out, error raised.

Nothing else happens here: no retries, no waiting, no policy. `InterruptedError` (EINTR) and
`BlockingIOError` (EAGAIN) are raised like every other error; `interprocess.os.unix._descriptor`
handles them. Numbers are file descriptors. Each docstring names the manual page.

Python may run a signal handler right after the call of a C function. The handler may itself call
functions of this module, which overwrite `errno`. So the C functions are not called but mapped over
their arguments: unpacking the `map` makes the call, and no handler runs before `ffi.errno` is read.
For the same reason a new descriptor goes into a list that its owner already has: see
`interprocess.os.unix._descriptor.numbers`.

Where the standard library makes the same call equally well (`os.pipe2`, `os.mkfifo`, `os.unlink`
…), the backend uses that one.
"""

from __future__ import annotations

import os
import sys
from fcntl import F_DUPFD

from interprocess._bindings.libc import constant, ffi, libc
from interprocess._interface.octets import checked_buffers, not_bytes_like

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from interprocess._bindings._types import CData
    from interprocess._interface.byte_stream import Noted

    #: Data to send: bytes are passed to C as they are, everything else through `memory()`.
    SendData = bytes | CData

AF_UNIX = constant("AF_UNIX")
_SOCKADDR = ffi.typeof("struct sockaddr *")
_NULL = (ffi.NULL,)
SOCK_STREAM = constant("SOCK_STREAM")
SOCK_DGRAM = constant("SOCK_DGRAM")
#: The flags that create a descriptor in the right state; 0 where the system lacks them.
SOCK_CLOEXEC = constant("SOCK_CLOEXEC", 0)
SOCK_NONBLOCK = constant("SOCK_NONBLOCK", 0)
SOL_SOCKET = constant("SOL_SOCKET")
SO_ERROR = constant("SO_ERROR")
SO_TYPE = constant("SO_TYPE")
SO_ACCEPTCONN = constant("SO_ACCEPTCONN")
SO_SNDTIMEO = constant("SO_SNDTIMEO")
#: Makes a single call nonblocking; 0 where only O_NONBLOCK does that, which affects all calls.
MSG_DONTWAIT = constant("MSG_DONTWAIT", 0)
#: Keeps a send to a peer that has left from raising SIGPIPE. macOS has SO_NOSIGPIPE instead: its
#: newest headers have this flag too, but its older kernels do not know it.
MSG_NOSIGNAL = 0 if sys.platform in ("darwin", "ios") else constant("MSG_NOSIGNAL", 0)
SO_NOSIGPIPE = constant("SO_NOSIGPIPE", 0)
SHUT_RD = constant("SHUT_RD")
SHUT_WR = constant("SHUT_WR")
SHUT_RDWR = constant("SHUT_RDWR")
#: The number of clients that may wait to be accepted. The kernel reduces it to its own limit, which
#: may exceed the C library's SOMAXCONN.
BACKLOG = max(4096, constant("SOMAXCONN"))
MSG_PEEK = constant("MSG_PEEK")
SCM_RIGHTS = constant("SCM_RIGHTS", 1)
#: Makes received descriptors close-on-exec from the start; 0 where the system lacks it.
MSG_CMSG_CLOEXEC = constant("MSG_CMSG_CLOEXEC", 0)
#: Set if control messages, such as descriptors, were truncated.
MSG_CTRUNC = constant("MSG_CTRUNC")
POLLIN = constant("POLLIN")
POLLOUT = constant("POLLOUT")
POLLHUP = constant("POLLHUP")
#: Duplicates a descriptor as close-on-exec; 0 where that takes a second step.
F_DUPFD_CLOEXEC = constant("F_DUPFD_CLOEXEC", 0)
#: Keeps writes to a pipe without readers from raising SIGPIPE: macOS, NetBSD.
F_SETNOSIGPIPE = constant("F_SETNOSIGPIPE", 0)

_CHARS = ffi.typeof("char[]")
_allocate = ffi.new_allocator(should_clear_after_alloc=False)

#: True if the system creates pipes with their flags set: all but macOS.
HAS_PIPE2 = hasattr(os, "pipe2")

#: The system rejects vectored calls with more buffers than this; the rest waits for the next call.
MAX_BUFFERS = 1024


def system_error(call: str, number: int, filename: str | bytes | None = None) -> OSError:
    """Return the exception for the error NUMBER, which the C function CALL left in `errno`."""
    message = f"{call}: {os.strerror(number)}"
    return OSError(number, message) if filename is None else OSError(number, message, filename)


def _not_created(numbers: list[int], call: str, number: int) -> OSError:
    """Take the result of a failed CALL out of NUMBERS, and return the exception for it."""
    del numbers[-1]
    return system_error(call, number)


# The memory of a Python object must be released when the call is over, by `with` or `ffi.release`.
# If the garbage collector finds it, in the traceback of an error, CPython before 3.12 crashes.


def memory(buffer: Any) -> CData:
    """Return BUFFER's memory for reading, as a context manager."""
    try:
        return ffi.from_buffer(_CHARS, buffer)
    except TypeError:
        raise not_bytes_like(buffer) from None


def writable_memory(buffer: Any) -> CData:
    """Return BUFFER's memory for writing, as a context manager.

    Raises `BufferError` or `TypeError` if there is none.
    """
    try:
        return ffi.from_buffer(_CHARS, buffer, True)
    except TypeError:
        raise not_bytes_like(buffer) from None


def new_buffer(size: int) -> CData:
    """Return SIZE bytes of new, uninitialised memory."""
    return _allocate(_CHARS, size)


def contents(buffer: CData, count: int) -> bytes:
    """Return the first COUNT bytes of memory from `new_buffer`."""
    return bytes(ffi.buffer(buffer, count))


class Vector:
    """An array of `struct iovec` for some buffers, and their memory; a context manager."""

    __slots__ = ("_memories", "count", "entries", "size")

    def __init__(self, buffers: Sequence[Any], *, writable: bool) -> None:
        self._memories: list[CData] = []
        try:
            for buffer in checked_buffers(buffers)[:MAX_BUFFERS]:
                self._memories.append(writable_memory(buffer) if writable else memory(buffer))
        except BaseException:
            self.__exit__()
            raise
        self.count = len(self._memories)
        self.size = sum(map(len, self._memories))
        self.entries = ffi.new("struct iovec[]", self.count)
        for index, part in enumerate(self._memories):
            self.entries[index].iov_base = part
            self.entries[index].iov_len = len(part)

    def __enter__(self) -> Vector:
        return self

    def __exit__(self, *exception: object) -> None:
        for part in self._memories:
            ffi.release(part)


# Sockets


def socket(kind: int, numbers: list[int]) -> None:
    """Create a Unix domain socket; KIND is its type with flags. socket(2)."""
    numbers += map(libc.socket, (AF_UNIX,), (kind,), (0,))
    if numbers[-1] < 0:
        raise _not_created(numbers, "socket", ffi.errno)


def socketpair(kind: int, numbers: CData) -> None:
    """Create two connected Unix domain sockets; KIND is as for `socket`. socketpair(2)."""
    [result] = map(libc.socketpair, (AF_UNIX,), (kind,), (0,), (numbers,))
    if result < 0:
        raise system_error("socketpair", ffi.errno)


def bind(number: int, address: CData, length: int) -> None:
    """Give a socket its address, a `struct sockaddr_un` of LENGTH bytes. bind(2)."""
    [result] = map(libc.bind, (number,), (ffi.cast(_SOCKADDR, address),), (length,))
    if result < 0:
        raise system_error("bind", ffi.errno)


def listen(number: int, backlog: int) -> None:
    """Let a socket take connections; BACKLOG of them may wait to be accepted. listen(2)."""
    [result] = map(libc.listen, (number,), (backlog,))
    if result < 0:
        raise system_error("listen", ffi.errno)


def accept(number: int, numbers: list[int]) -> int:
    """Take the next connection. accept(2)."""
    numbers += map(libc.accept, (number,), _NULL, _NULL)
    if numbers[-1] < 0:
        raise _not_created(numbers, "accept", ffi.errno)
    return numbers[-1]


def accept4(number: int, flags: int, numbers: list[int]) -> int:
    """Take the next connection with FLAGS, as for `socket`. accept4(2)."""
    numbers += map(libc.accept4, (number,), _NULL, _NULL, (flags,))  # type: ignore[attr-defined, unused-ignore]  # not on macOS
    if numbers[-1] < 0:
        raise _not_created(numbers, "accept4", ffi.errno)
    return numbers[-1]


def connect(number: int, address: CData, length: int) -> None:
    """Connect a socket to an address, a `struct sockaddr_un` of LENGTH bytes. connect(2)."""
    [result] = map(libc.connect, (number,), (ffi.cast(_SOCKADDR, address),), (length,))
    if result < 0:
        raise system_error("connect", ffi.errno)


def shutdown(number: int, how: int) -> None:
    """Close a direction: HOW is `SHUT_RD`, `SHUT_WR` or `SHUT_RDWR`. shutdown(2)."""
    [result] = map(libc.shutdown, (number,), (how,))
    if result < 0:
        raise system_error("shutdown", ffi.errno)


def recv(number: int, buffer: CData, length: int, flags: int, noted: Noted = ()) -> int:
    """Receive at most LENGTH bytes; 0 is the end of the stream. recv(2).

    The number is also appended to the list NOTED, before a signal handler can raise.
    """
    [count] = map(libc.recv, (number,), (buffer,), (length,), (flags,))
    noted += (count,) * (count >= 0)
    if count < 0:
        raise system_error("recv", ffi.errno)
    return count


def send(number: int, data: SendData, length: int, flags: int, noted: Noted = ()) -> int:
    """Send at most LENGTH bytes and return the number sent; NOTED is as for `recv`. send(2)."""
    [count] = map(libc.send, (number,), (data,), (length,), (flags,))
    noted += (count,) * (count >= 0)
    if count < 0:
        raise system_error("send", ffi.errno)
    return count


def recvmsg(number: int, vector: CData, count: int, flags: int) -> int:
    """Receive into COUNT buffers; 0 is the end of the stream. recvmsg(2)."""
    return receive_message(number, _message(vector, count), flags)


def receive_message(number: int, message: CData, flags: int) -> int:
    """Receive into a `struct msghdr`; 0 is the end of the stream. recvmsg(2)."""
    [received] = map(libc.recvmsg, (number,), (message,), (flags,))
    if received < 0:
        raise system_error("recvmsg", ffi.errno)
    return received


def sendmsg(number: int, vector: CData, count: int, flags: int) -> int:
    """Send from COUNT buffers and return the number of bytes sent. sendmsg(2)."""
    return send_message(number, _message(vector, count), flags)


def send_message(number: int, message: CData, flags: int) -> int:
    """Send the contents of a `struct msghdr`; return the number of bytes sent. sendmsg(2)."""
    [sent] = map(libc.sendmsg, (number,), (message,), (flags,))
    if sent < 0:
        raise system_error("sendmsg", ffi.errno)
    return sent


def _message(vector: CData, count: int) -> CData:
    message = ffi.new("struct msghdr *")
    message.msg_iov = vector
    message.msg_iovlen = count
    return message


def getsockopt(number: int, level: int, option: int, value: CData, size: int) -> int:
    """Fill VALUE, of SIZE bytes, with an option; return the option's size. getsockopt(2)."""
    length = ffi.new("socklen_t *", size)
    [result] = map(libc.getsockopt, (number,), (level,), (option,), (value,), (length,))
    if result < 0:
        raise system_error("getsockopt", ffi.errno)
    return int(length[0])


def getsockopt_int(number: int, level: int, option: int) -> int:
    """Return a socket option that is an `int`. getsockopt(2)."""
    value = ffi.new("int *")
    getsockopt(number, level, option, value, ffi.sizeof("int"))
    return int(value[0])


def setsockopt(number: int, level: int, option: int, value: CData, size: int) -> None:
    """Set a socket option. setsockopt(2)."""
    [result] = map(libc.setsockopt, (number,), (level,), (option,), (value,), (size,))
    if result < 0:
        raise system_error("setsockopt", ffi.errno)


def getsockname(number: int) -> tuple[int, bytes]:
    """Return the family of a socket and the address it is bound to, unchanged. getsockname(2)."""
    return _address_of(libc.getsockname, "getsockname", number)


def getpeername(number: int) -> tuple[int, bytes]:
    """Return the family of a connected socket and its peer's address, unchanged. getpeername(2)."""
    return _address_of(libc.getpeername, "getpeername", number)


def _address_of(function: Any, call: str, number: int) -> tuple[int, bytes]:
    address = ffi.new("struct sockaddr_un *")
    length = ffi.new("socklen_t *", ffi.sizeof("struct sockaddr_un"))
    [result] = map(function, (number,), (ffi.cast(_SOCKADDR, address),), (length,))
    if result < 0:
        raise system_error(call, ffi.errno)
    path_length = max(0, length[0] - ffi.offsetof("struct sockaddr_un", "sun_path"))
    path_length = min(path_length, ffi.sizeof(address.sun_path))
    return int(address.sun_family), bytes(ffi.buffer(address.sun_path, path_length))


# Pipes and every other descriptor


def pipe(numbers: CData) -> None:
    """Create a pipe: the end to read and the end to write. pipe(2)."""
    [result] = map(libc.pipe, (numbers,))
    if result < 0:
        raise system_error("pipe", ffi.errno)


def pipe2(flags: int, numbers: CData) -> None:
    """Create a pipe with `O_CLOEXEC` and `O_NONBLOCK` as FLAGS say. pipe2(2)."""
    [result] = map(libc.pipe2, (numbers,), (flags,))  # type: ignore[attr-defined, unused-ignore]  # not on macOS
    if result < 0:
        raise system_error("pipe2", ffi.errno)


def read(number: int, buffer: CData, length: int, noted: Noted = ()) -> int:
    """Read at most LENGTH bytes; 0 is the end. NOTED is as for `recv`. read(2)."""
    [count] = map(libc.read, (number,), (buffer,), (length,))
    noted += (count,) * (count >= 0)
    if count < 0:
        raise system_error("read", ffi.errno)
    return count


def write(number: int, data: SendData, length: int, noted: Noted = ()) -> int:
    """Write at most LENGTH bytes; return the number written; NOTED is as for `recv`. write(2)."""
    [count] = map(libc.write, (number,), (data,), (length,))
    noted += (count,) * (count >= 0)
    if count < 0:
        raise system_error("write", ffi.errno)
    return count


def readv(number: int, vector: CData, count: int) -> int:
    """Read into COUNT buffers. readv(2)."""
    [received] = map(libc.readv, (number,), (vector,), (count,))
    if received < 0:
        raise system_error("readv", ffi.errno)
    return received


def writev(number: int, vector: CData, count: int) -> int:
    """Write from COUNT buffers. writev(2)."""
    [written] = map(libc.writev, (number,), (vector,), (count,))
    if written < 0:
        raise system_error("writev", ffi.errno)
    return written


def poll(entries: CData, count: int, milliseconds: int) -> int:
    """Wait until descriptors are ready; return how many are. -1 waits forever. poll(2)."""
    [ready] = map(libc.poll, (entries,), (count,), (milliseconds,))
    if ready < 0:
        raise system_error("poll", ffi.errno)
    return ready


def duplicate(number: int, numbers: list[int]) -> int:
    """Create another descriptor for the same open file. fcntl(2), F_DUPFD_CLOEXEC or F_DUPFD."""
    command = F_DUPFD_CLOEXEC or F_DUPFD
    numbers += map(libc.fcntl, (number,), (command,), (ffi.cast("int", 0),))
    if numbers[-1] < 0:
        raise _not_created(numbers, "fcntl(F_DUPFD)", ffi.errno)
    if not F_DUPFD_CLOEXEC:
        os.set_inheritable(numbers[-1], False)
    return numbers[-1]


def set_no_sigpipe(number: int) -> None:
    """Stop writes to an open file from raising SIGPIPE, in every process that has it. fcntl(2)."""
    [result] = map(libc.fcntl, (number,), (F_SETNOSIGPIPE,), (ffi.cast("int", 1),))
    if result < 0:
        raise system_error("fcntl(F_SETNOSIGPIPE)", ffi.errno)


def fchmod(number: int, mode: int) -> None:
    """Set the permissions of an open file. fchmod(2)."""
    [result] = map(libc.fchmod, (number,), (mode,))
    if result < 0:
        raise system_error("fchmod", ffi.errno)
