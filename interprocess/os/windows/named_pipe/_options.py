"""The options of the listener of a named pipe."""

from __future__ import annotations

from interprocess._interface.nonblocking_mode import ListenerNonblockingMode
from interprocess._interface.options import check_bool
from interprocess._interface.sizes import checked_buffer_size, checked_number
from interprocess._interface.value import Value
from interprocess.os.windows._pipe import making
from interprocess.os.windows._pipe.path import checked_pipe_path, is_local
from interprocess.os.windows.local_socket._options import check_security_descriptor
from interprocess.os.windows.named_pipe._enumerations import (
    PipeDirection,
    PipeMode,
    PipeStreamRole,
    WaitTimeout,
)
from interprocess.os.windows.named_pipe._listener import PipeListener

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._interface.name import NameLike
    from interprocess.os.windows.named_pipe import _async_asyncio, _async_trio
    from interprocess.os.windows.security_descriptor import BorrowedSecurityDescriptor

#: The highest instance limit of a pipe; without one, only memory limits the instances.
MAX_INSTANCE_LIMIT = 254


class PipeListenerOptions(Value):
    r"""The options of a listener; checked when made, frozen, comparable.

    - `path`: `\\.\pipe\NAME`, of at most 256 characters.
    - `mode`: a `PipeMode`, for a pipe with or without messages. Both can transfer bytes.
    - `nonblocking`: a `ListenerNonblockingMode`.
    - `instance_limit`: the maximum number of instances, and so of clients, at one time: 1 to 254,
      or `None` for no limit. The system uses the limit of the first instance.
    - `write_through`: whether sending to another machine waits until the data is there.
    - `accept_remote`: whether clients may come from other machines.
    - `input_buffer_size_hint`, `output_buffer_size_hint`: the number of bytes that the pipe should
      buffer from clients and for clients.
    - `wait_timeout`: a `WaitTimeout`, for clients that use the server's default.
    - `security_descriptor`: controls access; an
      `interprocess.os.windows.security_descriptor.SecurityDescriptor`; `None` is
      `SecurityDescriptor.user_and_administrators()`.
    - `write_dac`: whether the handles of the listener and its streams may change the access control
      of the pipe, with `interprocess.os.windows.security_descriptor.apply_to_handle`.
    - `inheritable`: whether child processes that inherit handles get the server's handles.
    """

    __module__ = "interprocess.os.windows.named_pipe"

    __slots__ = (
        "path",
        "mode",
        "nonblocking",
        "instance_limit",
        "write_through",
        "accept_remote",
        "input_buffer_size_hint",
        "output_buffer_size_hint",
        "wait_timeout",
        "security_descriptor",
        "write_dac",
        "inheritable",
    )

    path: str
    mode: PipeMode
    nonblocking: ListenerNonblockingMode
    instance_limit: int | None
    write_through: bool
    accept_remote: bool
    input_buffer_size_hint: int
    output_buffer_size_hint: int
    wait_timeout: WaitTimeout
    security_descriptor: BorrowedSecurityDescriptor | None
    write_dac: bool
    inheritable: bool

    def __init__(
        self,
        path: NameLike,
        *,
        mode: PipeMode = PipeMode.BYTES,
        nonblocking: ListenerNonblockingMode = ListenerNonblockingMode.NEITHER,
        instance_limit: int | None = None,
        write_through: bool = False,
        accept_remote: bool = False,
        input_buffer_size_hint: int = making.DEFAULT_BUFFER_SIZE,
        output_buffer_size_hint: int = making.DEFAULT_BUFFER_SIZE,
        wait_timeout: WaitTimeout = WaitTimeout.DEFAULT,
        security_descriptor: BorrowedSecurityDescriptor | None = None,
        write_dac: bool = False,
        inheritable: bool = False,
    ) -> None:
        for what, value, kind in (
            ("mode", mode, PipeMode),
            ("nonblocking", nonblocking, ListenerNonblockingMode),
            ("wait_timeout", wait_timeout, WaitTimeout),
        ):
            if not isinstance(value, kind):
                raise TypeError(f"{what} must be a {kind.__name__}, not {value!r}")
        if instance_limit is not None:
            checked_number("instance_limit", instance_limit, 1, MAX_INSTANCE_LIMIT)
        check_bool("write_through", write_through)
        check_bool("accept_remote", accept_remote)
        check_bool("write_dac", write_dac)
        check_bool("inheritable", inheritable)
        check_security_descriptor(security_descriptor)
        input_size = checked_buffer_size("input_buffer_size_hint", input_buffer_size_hint)
        output_size = checked_buffer_size("output_buffer_size_hint", output_buffer_size_hint)
        super().__init__(
            path=_local(checked_pipe_path(path)),
            mode=mode,
            nonblocking=nonblocking,
            instance_limit=instance_limit,
            write_through=write_through,
            accept_remote=accept_remote,
            input_buffer_size_hint=input_size,
            output_buffer_size_hint=output_size,
            wait_timeout=wait_timeout,
            security_descriptor=security_descriptor,
            write_dac=write_dac,
            inheritable=inheritable,
        )

    def create(self, recv_mode: PipeMode | None, send_mode: PipeMode | None) -> PipeListener:
        """Return a new listener, whose streams receive and send in these modes.

        CreateNamedPipeW function.

        `None` is for streams without that direction. No other program can have a pipe of this name
        before the listener or at the same time.

        Raises `ValueError` for messages on a pipe without them, and `OSError` with `EADDRINUSE` if
        the name is in use.
        """
        return PipeListener.from_options(self, recv_mode, send_mode)

    def create_duplex(self, mode: PipeMode | None = None) -> PipeListener:
        """Return a listener whose streams receive and send in MODE, by default the pipe's."""
        mode = mode or self.mode
        return self.create(mode, mode)

    def create_recv_only(self, mode: PipeMode | None = None) -> PipeListener:
        """Return a listener whose streams only receive, in MODE, by default the pipe's."""
        return self.create(mode or self.mode, None)

    def create_send_only(self, mode: PipeMode | None = None) -> PipeListener:
        """Return a listener whose streams only send, in MODE, by default the pipe's."""
        return self.create(None, mode or self.mode)

    def create_asyncio(
        self, recv_mode: PipeMode | None, send_mode: PipeMode | None
    ) -> _async_asyncio.PipeListener:
        """Return a new listener for asyncio; otherwise as `create`."""
        from interprocess.os.windows.named_pipe import _async_asyncio

        return _async_asyncio.PipeListener.from_options(self, recv_mode, send_mode)

    def create_trio(
        self, recv_mode: PipeMode | None, send_mode: PipeMode | None
    ) -> _async_trio.PipeListener:
        """Return a new listener for trio, which has to be installed; otherwise as `create`."""
        from interprocess.os.windows.named_pipe import _async_trio

        return _async_trio.PipeListener.from_options(self, recv_mode, send_mode)

    def direction(self, recv_mode: PipeMode | None, send_mode: PipeMode | None) -> PipeDirection:
        """Return the direction of the pipe for these modes. Raises as `create` does."""
        role = PipeStreamRole.of_modes(recv_mode, send_mode)
        if self.mode is PipeMode.BYTES and PipeMode.MESSAGES in (recv_mode, send_mode):
            raise ValueError("messages need a pipe of mode=PipeMode.MESSAGES")
        return role.direction_as_server()


def _local(path: str) -> str:
    if not is_local(path):
        raise ValueError(
            f"a listener's pipe must be on this machine: {path!r} is not \\\\.\\pipe\\NAME"
        )
    return path
