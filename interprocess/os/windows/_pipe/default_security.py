"""Who may use our pipes unless their makers say otherwise.

The system's own default lets everybody open a pipe for reading, also anonymous users: they would be
accepted as clients, and receive what the server sends. Named Pipe Security and Access Rights.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess.os.windows.security_descriptor import SecurityDescriptor

_made: list[SecurityDescriptor] = []


def default_descriptor() -> SecurityDescriptor:
    """Return the descriptor of pipes for which none is given."""
    if not _made:
        # Not imported above: it takes longer than what everybody needs.
        from interprocess.os.windows.security_descriptor import SecurityDescriptor

        _made.append(SecurityDescriptor.user_and_administrators())
    return _made[0]


def every_user_descriptor() -> SecurityDescriptor:
    """Return the descriptor of pipes to which every user of the machine may connect."""
    from interprocess.os.windows.security_descriptor import SecurityDescriptor

    return SecurityDescriptor.every_user()
