"""What exists on which platform, under which condition, and why something does not exist here.

    >>> from interprocess import capabilities
    >>> capabilities.available("pipe_size")
    True
    >>> capabilities.explain("windows").reason
    'needs cfg(windows)'

Two things decide. The *condition*, written as Rust's `cfg` would be, says on which platforms there
is code for a capability: there its names exist, and nowhere else. A *probe*, where one is needed,
asks the running system, once and only when somebody wants to know, whether it plays along.

The entries are in `interprocess.capabilities.registry`, all platforms side by side in
`interprocess.capabilities.matrix`. Nothing of it is imported before it is asked for: modules that
have all they want, the usual case, pay nothing for what others lack.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from interprocess.capabilities.registry import Status
    from interprocess.cfg import Target

__all__ = ["available", "explain", "for_target", "gate", "require"]


def available(name: str) -> bool:
    """Whether a capability can be used here: its condition holds, and the system plays along.

    Raises `ValueError` for an unknown name.
    """
    return explain(name).available


def explain(name: str, target: Target | None = None) -> Status:
    """Return whether a capability is available here, or on another target, and why not.

    The running system is asked only if no target is given. Raises `ValueError` for an unknown name.
    """
    from interprocess.capabilities.registry import get

    return get(name).status(target)


def for_target(target: Target | None = None) -> dict[str, Status]:
    """Return for each capability, by name, whether it is available here, or on another target."""
    from interprocess.capabilities.registry import CAPABILITIES

    return {name: capability.status(target) for name, capability in CAPABILITIES.items()}


def require(name: str) -> None:
    """Raise an error unless a capability is available here.

    Raises `ImportError`, with the condition that failed, where the names that it exposes do not
    exist; `UnsupportedError`, with what the system said, where they exist and the system does not
    play along; `ValueError` for an unknown name.
    """
    status = explain(name)
    if not status.exposed:
        exposed_names = status.capability.exposes
        subject = " and ".join(exposed_names) or f"capability {name!r}"
        raise ImportError(status.absence_of(subject), name=next(iter(exposed_names), None))
    if not status.available:
        from errno import ENOTSUP

        from interprocess.errors import UnsupportedError

        raise UnsupportedError(ENOTSUP, f"capability {name!r} on {status.target}: {status.reason}")


def gate(module: str) -> Callable[[str], NoReturn]:
    """Return the `__getattr__` of a module some of whose names exist on some platforms only.

    At the end of the module:

        if not TYPE_CHECKING:
            __getattr__ = capabilities.gate(__name__)

    `from module import name` then raises `ImportError` with the capability that exposes the name,
    its condition and the platform. `module.name` raises `AttributeError` with the same text, so
    that `hasattr` tells the truth. It is hidden from type checkers, which would otherwise take
    every name to exist.
    """

    def __getattr__(name: str) -> NoReturn:  # noqa: N807 - what it is, also in tracebacks
        if name.startswith("__"):
            # Every import asks for `__path__`: it is not to import the registry.
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        from interprocess.capabilities._gates import missing_name

        raise missing_name(module, name)

    return __getattr__
