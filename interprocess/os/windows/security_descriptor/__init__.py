"""Security descriptors, which control access to objects.

`SecurityDescriptor` owns its memory and can be changed; `BorrowedSecurityDescriptor` reads one in
memory that it does not own. Pass either to the options of named pipes, local sockets and unnamed
pipes:

    descriptor = SecurityDescriptor.current_user_only()
    descriptor = SecurityDescriptor.from_sddl("D:P(A;;GA;;;SY)(A;;0x12019b;;;AU)")

The clients of a pipe need 0x12019b: the rights to read, to write and to query the pipe.
GENERIC_WRITE (GW) and GENERIC_ALL (GA) also grant FILE_CREATE_PIPE_INSTANCE, by which clients could
make instances of the pipe themselves and take clients away from the server. The server needs
GENERIC_ALL.

A descriptor has an owner and a group, each a `Sid` or `None`, and two lists of the type
`AccessControlList`: the DACL controls access, and the SACL controls auditing. Each can be set:

    descriptor.set_owner(Sid("BA"))
    descriptor.set_dacl(AccessControlList.from_sddl("D:(A;;GA;;;BA)"))

The text is SDDL, the system's own text form (Security Descriptor String Format).

`of_handle` and `apply_to_handle` read and change the descriptor of an open object.
"""

from __future__ import annotations

from interprocess.os.windows.security_descriptor._access_control_list import AccessControlList
from interprocess.os.windows.security_descriptor._borrowed import BorrowedSecurityDescriptor
from interprocess.os.windows.security_descriptor._control import Control
from interprocess.os.windows.security_descriptor._open_objects import apply_to_handle, of_handle
from interprocess.os.windows.security_descriptor._owned import SecurityDescriptor
from interprocess.os.windows.security_descriptor._sid import Sid

__all__ = [
    "AccessControlList",
    "BorrowedSecurityDescriptor",
    "Control",
    "SecurityDescriptor",
    "Sid",
    "apply_to_handle",
    "of_handle",
]
