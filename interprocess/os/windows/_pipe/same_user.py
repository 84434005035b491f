"""Users that `current_user_only` admits: the same user, and administrators.

The system checks the clients of our listeners against the security descriptor. The owner of a pipe
that another process has made is reliable: only a process with the owner's rights can have made it.
"""

from __future__ import annotations

import errno

from interprocess.os.windows.security_descriptor import Sid, of_handle

#: SYSTEM and the group of administrators, which owns the objects of elevated processes. Well-known
#: SIDs.
_ADMINISTRATORS = ("S-1-5-18", "S-1-5-32-544")


def check_server(handle: int, path: str) -> None:
    """Raise `PermissionError` for a pipe of another user. GetSecurityInfo function."""
    owner = of_handle(handle, "owner").owner
    user = Sid.current_user()
    if owner is not None and (owner == user or owner.text in _ADMINISTRATORS):
        return
    raise PermissionError(
        errno.EACCES,
        f"the pipe belongs to {owner}, neither to {user} nor to administrators",
        path,
    )
