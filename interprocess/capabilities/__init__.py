"""Which capabilities exist on which platform, on which condition, and why one is missing here.

    >>> from interprocess import capabilities
    >>> capabilities.available("pipe_size")
    True
    >>> capabilities.explain("windows").reason
    'needs cfg(windows)'

Two things decide. The *condition*, written in the syntax of Rust's `cfg`, says which platforms have
code for a capability: its names exist on these platforms only. A *probe*, where one is needed, asks
the running system whether it supports the capability, once and only when a program asks.

The entries are in `interprocess.capabilities.registry`, all platforms side by side in
`interprocess.capabilities.matrix`. Both are imported only when they are needed, so in the usual
case, with no capability missing, they cost nothing.
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
    """Return true if a capability can be used here: its condition holds and the system supports it.

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
    """Return the status of each capability, by name, here or on another target."""
    from interprocess.capabilities.registry import CAPABILITIES

    return {name: capability.status(target) for name, capability in CAPABILITIES.items()}


def require(name: str) -> None:
    """Raise an error unless a capability is available here.

    Raises `ImportError` with the condition that failed if the names that it exposes do not exist;
    `UnsupportedError` with the reason if they exist but the running system does not support the
    capability; `ValueError` for an unknown name.
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
            __getattr__ = gate(__name__)

    `from module import name` then raises `ImportError` with the capability that exposes the name,
    its condition and the platform. `module.name` raises `AttributeError` with the same text, so
    that `hasattr` tells the truth. It is hidden from type checkers, which would otherwise assume
    that every name exists.
    """

    def __getattr__(name: str) -> NoReturn:  # noqa: N807 - its true name, also in tracebacks
        if name.startswith("__"):
            # Every import asks for `__path__`, which should not import the registry.
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        from interprocess.capabilities._gates import missing_name

        raise missing_name(module, name)

    return __getattr__
