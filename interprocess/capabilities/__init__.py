"""What exists on which platform, under which condition, and why something does not exist here.

    >>> from interprocess import capabilities
    >>> capabilities.available("pipe_size")
    True
    >>> capabilities.explain("windows").reason
    'exposed where windows, not on linux (x86_64, gnu)'

Two things decide. The *condition*, written as Rust's `cfg` would be, says on which platforms there
is code for a capability: there its names exist, and nowhere else. A *probe*, where one is needed,
asks the running system, once and only when somebody wants to know, whether it plays along.

`interprocess.capabilities.registry` has the entries.
"""

from __future__ import annotations

from interprocess.capabilities._capability import Capability, Status
from interprocess.capabilities._gates import gate
from interprocess.capabilities.registry import CAPABILITIES, get

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess.cfg import Target

__all__ = [
    "CAPABILITIES",
    "Capability",
    "Status",
    "available",
    "explain",
    "for_target",
    "gate",
    "get",
    "require",
]


def available(name: str) -> bool:
    """Whether a capability can be used here: its condition holds, and the system plays along.

    Raises `ValueError` for an unknown name.
    """
    return explain(name).available


def explain(name: str, target: Target | None = None) -> Status:
    """Return whether a capability is available here, or on another target, and why not.

    The running system is asked only if no target is given. Raises `ValueError` for an unknown name.
    """
    return get(name).status(target)


def for_target(target: Target | None = None) -> dict[str, Status]:
    """Return for each capability, by name, whether it is available here, or on another target."""
    return {name: capability.status(target) for name, capability in CAPABILITIES.items()}


def require(name: str) -> None:
    """Raise an error unless a capability is available here.

    Raises `ImportError`, with the condition that failed, where the names that it exposes do not
    exist; `UnsupportedError`, with what the system said, where they exist and the system does not
    play along; `ValueError` for an unknown name.

    A package for one platform begins with it: `capabilities.require("windows")`.
    """
    capability = get(name)
    failure = capability.import_failure()
    if failure is not None:
        raise ImportError(failure, name=next(iter(capability.exposes), None))
    status = capability.status()
    if not status.available:
        from errno import ENOTSUP

        from interprocess.errors import UnsupportedError

        raise UnsupportedError(ENOTSUP, f"capability {name!r} on {status.target}: {status.reason}")
