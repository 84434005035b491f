"""A connection over a named pipe, and its two halves, in bytes or in messages."""

from __future__ import annotations

from interprocess._interface.argument_types import check_halves
from interprocess._interface.byte_stream import DuplexStream, OneWayReceiver, OneWaySender
from interprocess._interface.halves import handed_back, handed_out
from interprocess._interface.options import ConnectWaitMode, check_bool
from interprocess.os.windows._pipe import halves, making
from interprocess.os.windows._pipe.end import PipeHandle
from interprocess.os.windows._pipe.path import checked_pipe_path
from interprocess.os.windows._pipe.state import has_messages
from interprocess.os.windows.named_pipe._enumerations import PipeMode, PipeStreamRole
from interprocess.os.windows.named_pipe._transfer import Receiving, Sending

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._interface.name import NameLike


class RecvHalf(Receiving, OneWayReceiver):
    """The receiving half of a `PipeStream`, made by `PipeStream.split`.

    The connection is closed when both halves are.
    """

    __module__ = "interprocess.os.windows.named_pipe"

    __slots__ = ()
    _modes = ("recv_mode",)


class SendHalf(Sending, OneWaySender):
    """The sending half of a `PipeStream`, made by `PipeStream.split`.

    The connection is closed when both halves are.
    """

    __module__ = "interprocess.os.windows.named_pipe"

    __slots__ = ()
    _modes = ("send_mode",)


class PipeStream(Receiving, Sending, DuplexStream):
    """A connection over a named pipe, which receives in one mode and sends in another.

    `recv_mode` and `send_mode` are each a `PipeMode`, or `None` for a stream without that
    direction. With messages, `send` sends one and `recv_msg` receives one; with bytes, all the
    verbs of streams work.

    `PipeStream(handle)` adopts either end of a named pipe that was opened with
    `FILE_FLAG_OVERLAPPED`. It raises `ValueError` for any other handle, and for one that does not
    support the modes; the caller then still owns the handle. Without that flag, a query about the
    handle would wait for other calls on it.

    One thread may receive while another sends and a third closes.
    """

    __module__ = "interprocess.os.windows.named_pipe"

    __slots__ = ()
    _modes = ("recv_mode", "send_mode")

    def __init__(
        self,
        handle: int,
        *,
        recv_mode: PipeMode | None = PipeMode.BYTES,
        send_mode: PipeMode | None = PipeMode.BYTES,
    ) -> None:
        check_can_be_adopted(handle, recv_mode, send_mode)
        self._handle = PipeHandle(handle)
        self.recv_mode = recv_mode
        self.send_mode = send_mode

    @classmethod
    def connect_by_path(
        cls,
        path: NameLike,
        *,
        recv_mode: PipeMode | None = PipeMode.BYTES,
        send_mode: PipeMode | None = PipeMode.BYTES,
        wait_mode: ConnectWaitMode | None = None,
        nonblocking: bool = False,
        allow_impersonation: bool = False,
    ) -> PipeStream:
        r"""Connect to the pipe `\\HOST\pipe\NAME` as its client.

        - `wait_mode`, a `ConnectWaitMode`, selects how to wait for a free instance; `None` waits
          without a limit.
        - `nonblocking` selects whether the stream is in nonblocking mode from the start.
        - `allow_impersonation` selects whether the server may impersonate us, and not only identify
          us.

        CreateFileW function, WaitNamedPipeW function. Raises `FileNotFoundError` if no process
        listens there, `TimeoutError`, `BlockingIOError`, `UnsupportedError` for messages on a pipe
        without them, and `PermissionError` for a direction that the pipe does not have.
        """
        role = PipeStreamRole.of_modes(recv_mode, send_mode)
        checked_path = checked_pipe_path(path)
        wait_mode = ConnectWaitMode.unbounded() if wait_mode is None else wait_mode
        check_bool("nonblocking", nonblocking)
        check_bool("allow_impersonation", allow_impersonation)
        handle = making.connect(
            checked_path,
            role.value,
            wait_mode,
            messages=PipeMode.MESSAGES in (recv_mode, send_mode),
            receives_messages=recv_mode is PipeMode.MESSAGES,
            allow_impersonation=allow_impersonation,
        )
        handle.nonblocking = nonblocking
        return cls._in_modes(handle, recv_mode, send_mode)

    @classmethod
    def _in_modes(
        cls, handle: PipeHandle, recv_mode: PipeMode | None, send_mode: PipeMode | None
    ) -> PipeStream:
        stream = cls._owning(handle)
        stream.recv_mode = recv_mode
        stream.send_mode = send_mode
        return stream

    def readable(self) -> bool:
        """Return true if the stream receives bytes, for the files of Python.

        Raises `ValueError` after `close()`.
        """
        self._check_open()
        return self.recv_mode is PipeMode.BYTES

    def writable(self) -> bool:
        """Return true if the stream sends. Raises `ValueError` after `close()`."""
        self._check_open()
        return self.send_mode is not None

    def try_clone(self) -> PipeStream:
        """Return another stream for the same connection, which is closed when both are.

        The clone has no timeouts and inherits the modes. DuplicateHandle function.
        """
        return self._in_modes(self._handle.clone(), self.recv_mode, self.send_mode)

    def split(self) -> tuple[RecvHalf, SendHalf]:
        """Hand the connection over to two halves, which inherit the modes and the timeouts.

        Raises `UnsupportedError` if the stream has only one direction, and `ValueError` after
        `close()` and while another thread is inside a call.
        """
        self._check_receives()
        self._check_sends()
        self._check_open()
        receiving, sending = halves.split(self._handle)
        return handed_out(self, RecvHalf._owning(receiving), SendHalf._owning(sending))

    @classmethod
    def reunite(cls, recv_half: RecvHalf, send_half: SendHalf) -> PipeStream:
        """Make one stream from its two halves, with their modes and timeouts.

        Raises `ReuniteError`, which gives both halves back, if they are not halves of one stream or
        one of them is closed, and `ValueError` while another thread is inside a call.
        """
        check_halves(recv_half, send_half, RecvHalf, SendHalf)
        stream = cls._owning(halves.reunite(recv_half, send_half))
        return handed_back(recv_half, send_half, stream)


def check_can_be_adopted(
    handle: int, recv_mode: PipeMode | None, send_mode: PipeMode | None
) -> None:
    """Raise `ValueError` for a handle that does not support the modes, and set its read mode."""
    role = PipeStreamRole.of_modes(recv_mode, send_mode)
    making.check_is_pipe_end(handle, role.value)
    if PipeMode.MESSAGES in (recv_mode, send_mode) and has_messages(handle) is False:
        raise ValueError(f"handle {handle:#x} cannot be adopted: its pipe is not in message mode")
    if recv_mode is not None:
        making.set_read_mode(handle, messages=recv_mode is PipeMode.MESSAGES)
