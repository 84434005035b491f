"""What a module says when it is asked for a name that the platform does not have."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import NoReturn


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

    def __getattr__(name: str) -> NoReturn:  # noqa: N807 - tracebacks show what it is
        from interprocess.capabilities.registry import why_absent

        reason = why_absent(f"{module}.{name}")
        if reason is None:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        if _is_importing(_caller()):
            raise ImportError(reason, name=module)
        raise AttributeError(reason)

    return __getattr__


def _caller() -> FrameType | None:
    """Return the frame that asked the module for a name, if the interpreter has frames."""
    if not hasattr(sys, "_getframe"):
        return None
    try:
        return sys._getframe(2)  # noqa: SLF001 - public, but not in every interpreter
    except ValueError:
        return None


def _is_importing(frame: FrameType | None) -> bool:
    """Whether a frame is at `from … import …`.

    Of the `AttributeError` of a missing name Python makes an `ImportError` of its own, without our
    text; other errors it lets through. No error can be both, so the instruction that asks has to
    tell. A compiled program has none: there Python's own `ImportError` has to do.
    """
    if frame is None:
        return False
    from opcode import opmap

    code, position = frame.f_code.co_code, frame.f_lasti
    # Python 3.9 points to the prefix that an instruction with a large argument has.
    while 0 <= position < len(code) and code[position] == opmap["EXTENDED_ARG"]:
        position += 2
    return 0 <= position < len(code) and code[position] == opmap["IMPORT_FROM"]
