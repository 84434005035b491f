"""Chooses the error for a name that a module lacks on this platform."""

from __future__ import annotations

import sys
from opcode import opmap

from interprocess.capabilities.registry import CAPABILITIES
from interprocess.cfg import Target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

_IMPORT_FROM = opmap["IMPORT_FROM"]
_EXTENDED_ARG = opmap["EXTENDED_ARG"]

_by_exposed_name = {
    exposed: capability for capability in CAPABILITIES.values() for exposed in capability.exposes
}


def missing_name(module: str, name: str) -> ImportError | AttributeError:
    """Return the error that a module's `__getattr__` should raise for a missing name."""
    reason = _why_absent(f"{module}.{name}")
    if reason is None:
        return AttributeError(f"module {module!r} has no attribute {name!r}")
    if _is_importing(_asking_frame()):
        return ImportError(reason, name=module)
    return AttributeError(reason)


def _why_absent(dotted_name: str) -> str | None:
    """Return why a name such as "interprocess.os.windows" does not exist here.

    Return `None` if it exists, or if no capability exposes it.
    """
    capability = _by_exposed_name.get(dotted_name)
    if capability is None:
        return None
    # Given a target, `status` does not probe the system, as the existence of names needs no probe.
    status = capability.status(Target.current())
    return None if status.exposed else status.absence_of(dotted_name)


def _asking_frame() -> FrameType | None:
    """Return the frame that asked the module for a name, if the interpreter has frames."""
    try:
        # The callers of this function: `missing_name`, `__getattr__`, the code that asked.
        return sys._getframe(3)
    except (AttributeError, ValueError):
        return None


def _is_importing(frame: FrameType | None) -> bool:
    """Return true if a frame is at `from … import …`.

    There, Python replaces an `AttributeError` by an `ImportError` of its own, without our text, and
    lets other errors through. No error can be both, so the frame's current instruction decides.
    Compiled programs have no such instruction and raise Python's own `ImportError`.
    """
    if frame is None:
        return False
    code, position = frame.f_code.co_code, frame.f_lasti
    # Before CPython 3.11 and on PyPy, this is the prefix of an instruction with a large argument.
    while 0 <= position < len(code) and code[position] == _EXTENDED_ARG:
        position += 2
    return 0 <= position < len(code) and code[position] == _IMPORT_FROM
