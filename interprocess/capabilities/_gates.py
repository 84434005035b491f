"""Which error a module raises that is asked for a name that the platform does not have."""

from __future__ import annotations

import sys
from opcode import opmap

from interprocess.capabilities.registry import why_absent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

_IMPORT_FROM = opmap["IMPORT_FROM"]
_EXTENDED_ARG = opmap["EXTENDED_ARG"]


def missing_name(module: str, name: str) -> ImportError | AttributeError:
    """Return the error that a module's `__getattr__` is to raise for a name that it lacks."""
    reason = why_absent(f"{module}.{name}")
    if reason is None:
        return AttributeError(f"module {module!r} has no attribute {name!r}")
    if _is_importing(_who_asks()):
        return ImportError(reason, name=module)
    return AttributeError(reason)


def _who_asks() -> FrameType | None:
    """Return the frame that asked the module for a name, if the interpreter has frames."""
    try:
        # Above this function are `missing_name`, `__getattr__` and who asked.
        return sys._getframe(3)
    except (AttributeError, ValueError):
        return None


def _is_importing(frame: FrameType | None) -> bool:
    """Whether a frame is at `from … import …`.

    Of the `AttributeError` for a missing name Python makes an `ImportError` of its own, without our
    text; other errors it lets through. No error can be both, so the instruction that asks has to
    tell. A compiled program has none: there Python's own `ImportError` has to do.
    """
    if frame is None:
        return False
    code, position = frame.f_code.co_code, frame.f_lasti
    # Before CPython 3.11, and on PyPy, that is the prefix of an instruction with a large argument.
    while 0 <= position < len(code) and code[position] == _EXTENDED_ARG:
        position += 2
    return 0 <= position < len(code) and code[position] == _IMPORT_FROM
