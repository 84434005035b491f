"""The default security descriptors of our pipes.

With the system's own default, every user, even an anonymous one, may open a pipe for reading: they
would be accepted as clients and receive the server's data. Named Pipe Security and Access Rights.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess.os.windows.security_descriptor import SecurityDescriptor

_made: list[SecurityDescriptor] = []


def default_descriptor() -> SecurityDescriptor:
    """Return the default descriptor of pipes."""
    if not _made:
        # Imported here, since it is slow and rarely needed.
        from interprocess.os.windows.security_descriptor import SecurityDescriptor

        _made.append(SecurityDescriptor.user_and_administrators())
    return _made[0]


def every_user_descriptor() -> SecurityDescriptor:
    """Return the descriptor of pipes to which every user of the machine may connect."""
    from interprocess.os.windows.security_descriptor import SecurityDescriptor

    return SecurityDescriptor.every_user()
