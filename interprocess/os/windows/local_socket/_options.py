"""The options of listeners on Windows."""

from __future__ import annotations

from interprocess._interface.options import check_bool
from interprocess._interface.value import Value
from interprocess.os.windows.local_socket import _portable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._interface.nonblocking_mode import ListenerNonblockingMode
    from interprocess._interface.options import Overwrite
    from interprocess.os.windows.local_socket._names import Name
    from interprocess.os.windows.security_descriptor import BorrowedSecurityDescriptor


class ListenerOptions(_portable.ListenerOptions):
    """The options of a listener, including those of Windows only.

    - `security_descriptor`: controls access; an
      `interprocess.os.windows.security_descriptor.SecurityDescriptor`; `None` is
      `SecurityDescriptor.user_and_administrators()`, or with `current_user_only=False`
      `SecurityDescriptor.every_user()`. `SecurityDescriptor.current_user_only()` is stricter.
      Giving it together with `current_user_only` raises `ValueError`: both control access.
    - `write_dac`: whether the handles of the listener and its streams may change the access control
      of the pipe, with `interprocess.os.windows.security_descriptor.apply_to_handle`.

    The other options are those of `interprocess.local_socket.ListenerOptions`.
    """

    __module__ = "interprocess.os.windows.local_socket"

    __slots__ = ("security_descriptor", "write_dac")

    if TYPE_CHECKING:
        security_descriptor: BorrowedSecurityDescriptor | None
        write_dac: bool

    def __init__(
        self,
        name: Name,
        *,
        nonblocking: ListenerNonblockingMode | None = None,
        reclaim_name: bool = True,
        try_overwrite: Overwrite = False,
        max_spin_time: float | None = None,
        current_user_only: bool | None = None,
        send_buffer_size: int | None = None,
        recv_buffer_size: int | None = None,
        security_descriptor: BorrowedSecurityDescriptor | None = None,
        write_dac: bool = False,
    ) -> None:
        check_security_descriptor(security_descriptor)
        check_bool("write_dac", write_dac)
        if security_descriptor is not None and current_user_only is not None:
            raise ValueError(
                f"current_user_only={current_user_only!r} does not go with a security_descriptor:"
                " both control access"
            )
        super().__init__(
            name,
            nonblocking=nonblocking,
            reclaim_name=reclaim_name,
            try_overwrite=try_overwrite,
            max_spin_time=max_spin_time,
            current_user_only=current_user_only,
            send_buffer_size=send_buffer_size,
            recv_buffer_size=recv_buffer_size,
        )
        Value.__init__(self, security_descriptor=security_descriptor, write_dac=write_dac)


def check_security_descriptor(value: object) -> None:
    """Raise `TypeError` unless VALUE is a security descriptor or `None`."""
    if value is None:
        return
    # Imported here, since most programs never need it.
    from interprocess.os.windows.security_descriptor import BorrowedSecurityDescriptor

    if not isinstance(value, BorrowedSecurityDescriptor):
        raise TypeError(f"security_descriptor must be a SecurityDescriptor or None, not {value!r}")
