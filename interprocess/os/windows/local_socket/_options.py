"""What a listener can be made with on Windows only."""

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
    """What a listener is made with, the options that only Windows has among them.

    - `security_descriptor`: who may connect, an
      `interprocess.os.windows.security_descriptor.SecurityDescriptor`; `None` is
      `SecurityDescriptor.user_and_administrators()`, or with `current_user_only=False`
      `SecurityDescriptor.every_user()`. `SecurityDescriptor.current_user_only()` is stricter.
      Together with `current_user_only` it is a `ValueError`: both say who may connect.
    - `write_dac`: whether the listener's handle and those of its streams may change who may
      connect, with `interprocess.os.windows.security_descriptor.apply_to_handle`.

    The other options are those of `interprocess.local_socket.ListenerOptions`.
    """

    __module__ = "interprocess.os.windows.local_socket"

    __slots__ = ("security_descriptor", "write_dac")

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
                " both say who may connect"
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
    """Refuse what is neither a security descriptor nor `None`."""
    if value is None:
        return
    # Not imported above: most programs never need it.
    from interprocess.os.windows.security_descriptor import BorrowedSecurityDescriptor

    if not isinstance(value, BorrowedSecurityDescriptor):
        raise TypeError(f"security_descriptor must be a SecurityDescriptor or None, not {value!r}")
