"""Unnamed pipes on Windows, with their own options for the handles and the buffer.

`Sender` and `Recver` are those of `interprocess.unnamed_pipe`.
"""

from __future__ import annotations

from interprocess._interface.options import check_bool
from interprocess._interface.sizes import checked_buffer_size
from interprocess._interface.value import Value
from interprocess.os.windows._pipe.making import DEFAULT_BUFFER_SIZE
from interprocess.os.windows._pipe.unnamed import Recver, Sender, new_pipe
from interprocess.os.windows.local_socket._options import check_security_descriptor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess.os.windows.security_descriptor import BorrowedSecurityDescriptor

__all__ = ["CreationOptions", "Recver", "Sender", "pipe"]


class CreationOptions(Value):
    """The options of a pipe; checked when made, frozen, comparable.

    - `inheritable`: whether every child process that inherits handles gets both ends.
      `interprocess.unnamed_pipe.share_with_child` hands a single end to a single child.
    - `security_descriptor`: controls access to the ends by other means; an
      `interprocess.os.windows.security_descriptor.SecurityDescriptor`; `None` is
      `SecurityDescriptor.user_and_administrators()`.
    - `buffer_size_hint`: the number of bytes that the pipe should buffer; `None` means 65,536.
    """

    __slots__ = ("inheritable", "security_descriptor", "buffer_size_hint")

    inheritable: bool
    security_descriptor: BorrowedSecurityDescriptor | None
    buffer_size_hint: int | None

    def __init__(
        self,
        *,
        inheritable: bool = False,
        security_descriptor: BorrowedSecurityDescriptor | None = None,
        buffer_size_hint: int | None = None,
    ) -> None:
        check_bool("inheritable", inheritable)
        check_security_descriptor(security_descriptor)
        super().__init__(
            inheritable=inheritable,
            security_descriptor=security_descriptor,
            buffer_size_hint=checked_buffer_size("buffer_size_hint", buffer_size_hint),
        )

    def create(self) -> tuple[Sender, Recver]:
        """Create a pipe and return its two ends.

        CreateNamedPipeW function, CreateFileW function.
        """
        size = self.buffer_size_hint
        return new_pipe(
            inheritable=self.inheritable,
            security_descriptor=self.security_descriptor,
            buffer_size=DEFAULT_BUFFER_SIZE if size is None else size,
        )


def pipe(
    *,
    inheritable: bool = False,
    security_descriptor: BorrowedSecurityDescriptor | None = None,
    buffer_size_hint: int | None = None,
) -> tuple[Sender, Recver]:
    """Create a pipe and return its two ends: the short form of `CreationOptions(…).create()`."""
    return CreationOptions(
        inheritable=inheritable,
        security_descriptor=security_descriptor,
        buffer_size_hint=buffer_size_hint,
    ).create()
