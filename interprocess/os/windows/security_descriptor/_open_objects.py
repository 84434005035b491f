"""The security descriptors of open objects."""

from __future__ import annotations

from interprocess._bindings.advapi32 import constant, ffi
from interprocess.os.windows._calls import security
from interprocess.os.windows._handle.argument import call_on
from interprocess.os.windows.security_descriptor._borrowed import BorrowedSecurityDescriptor
from interprocess.os.windows.security_descriptor._sddl import part_bits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess.os.windows._handle.argument import HandleArgument
    from interprocess.os.windows.security_descriptor._owned import SecurityDescriptor
    from interprocess.os.windows.security_descriptor._sddl import Part

__all__ = ["apply_to_handle", "of_handle"]

_USUAL_PARTS: tuple[Part, ...] = ("owner", "group", "dacl")


def of_handle(handle: HandleArgument, *parts: Part) -> SecurityDescriptor:
    """Return the descriptor of an open object: the named parts, or owner, group and DACL.

    HANDLE is the number of the `HANDLE` of a pipe or any other kernel object, or an object of this
    library. It needs the right READ_CONTROL, which every pipe has; the SACL needs the right
    ACCESS_SYSTEM_SECURITY and a privilege. Raises `PermissionError` without them. GetSecurityInfo
    function.
    """
    bits = part_bits(parts or _USUAL_PARTS)
    data = call_on(handle, security.security_info, bits)
    return BorrowedSecurityDescriptor(security.memory_with(data)).clone()


def apply_to_handle(
    descriptor: BorrowedSecurityDescriptor, handle: HandleArgument, *parts: Part
) -> None:
    """Change the descriptor of an open object: the named parts, or owner, group and DACL if any.

    HANDLE is as for `of_handle`. It needs the right WRITE_DAC for the DACL, which the handles of a
    listener and its streams have with `write_dac=True`, and WRITE_OWNER for the owner, the group
    and the label; the SACL needs the same as there. Raises `PermissionError` without them, and
    `ValueError` for a named part that the descriptor does not have. SetSecurityInfo function.
    """
    present = {
        "owner": descriptor.owner is not None,
        "group": descriptor.group is not None,
        "dacl": descriptor.has_dacl,
        "sacl": descriptor.has_sacl,
        "label": descriptor.has_sacl,
    }
    chosen = parts or tuple(part for part in _USUAL_PARTS if present[part])
    bits = part_bits(chosen) | _protection_bits(descriptor, chosen)
    for part in chosen:
        # The system treats a missing DACL as a null one, which would give every user access.
        if not present[part]:
            raise ValueError(f"{descriptor!r} has no {part}")
    pointer = descriptor.pointer
    call_on(
        handle,
        security.set_security_info,
        bits,
        security.owner(pointer) if "owner" in chosen else ffi.NULL,
        security.group(pointer) if "group" in chosen else ffi.NULL,
        security.dacl(pointer) if "dacl" in chosen else ffi.NULL,
        security.sacl(pointer) if {"sacl", "label"} & {*chosen} else ffi.NULL,
    )


def _protection_bits(descriptor: BorrowedSecurityDescriptor, parts: tuple[Part, ...]) -> int:
    """Return the bits that set whether the lists inherit, which the lists do not contain."""
    bits = 0
    for part in ("dacl", "sacl"):
        if part in parts:
            name = part.upper()
            protected = descriptor.control & constant(f"SE_{name}_PROTECTED")
            prefix = "PROTECTED" if protected else "UNPROTECTED"
            bits |= constant(f"{prefix}_{name}_SECURITY_INFORMATION")
    return bits
