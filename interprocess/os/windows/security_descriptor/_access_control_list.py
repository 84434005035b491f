"""Access control lists: DACLs control access, SACLs control auditing."""

from __future__ import annotations

from interprocess._bindings.advapi32 import ffi
from interprocess._interface.value import Value
from interprocess.os.windows._calls import security
from interprocess.os.windows.security_descriptor import _sddl

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._bindings._types import CData

__all__ = ["AccessControlList"]

#: An ACL has its size at 2 and the number of its entries at 4, 16 bits each. Each entry has its
#: size at 2. ACL structure, ACE_HEADER structure
_HEAD, _ENTRY_HEAD = 8, 4
_SIZE_AT, _COUNT_AT = 2, 4

#: The types of entries that allow and deny; the others are for auditing, in a SACL.
_DACL_ENTRIES = (0, 1, 4, 5, 6, 9, 10, 11, 12)


class AccessControlList(Value):
    """The entries of a DACL or a SACL, frozen; `len()` is their number.

    `from_sddl` makes one from text; `binary` is the list in the system's form. Lists are equal if
    they have the same entries in the same order; memory reserved for more entries is ignored.
    Raises `ValueError` for an invalid list. ACL structure; IsValidAcl function.
    """

    __module__ = "interprocess.os.windows.security_descriptor"

    __slots__ = ("binary",)

    binary: bytes

    def __init__(self, binary: bytes) -> None:
        if len(binary) < _HEAD or _number(binary, _SIZE_AT) != len(binary):
            raise ValueError("not an access control list: its size differs from the stated one")
        binary = _without_reserve(binary)
        if not security.is_valid_acl(security.memory_with(binary)):
            raise ValueError("not an access control list: its entries are invalid")
        super().__init__(binary=binary)

    @classmethod
    def from_sddl(cls, text: str) -> AccessControlList:
        """Make a list from SDDL with nothing else: `"D:(A;;GA;;;SY)"`, or with S for a SACL.

        Flags, such as the P of `"D:P(A;;GA;;;SY)"`, belong to descriptors, not to lists.

        Raises `ValueError` for invalid text, with the position of the error, and for other text.
        ConvertStringSecurityDescriptorToSecurityDescriptorW function.
        """
        memory = security.memory_with(_sddl.parse(text))
        dacl, sacl = security.dacl(memory), security.sacl(memory)
        sids = security.owner(memory), security.group(memory)
        if (dacl == ffi.NULL) == (sacl == ffi.NULL) or sids != (ffi.NULL, ffi.NULL):
            raise ValueError(f"{text!r} is not the SDDL of one access control list")
        return cls(security.acl_bytes(sacl if dacl == ffi.NULL else dacl))

    def to_sddl(self) -> str:
        """Return the list's text, with the D of a DACL or, if its entries are a SACL's, with S.

        ConvertSecurityDescriptorToStringSecurityDescriptorW function.
        """
        descriptor, memory = security.new_descriptor(), self.to_memory()
        if len(self) and self.binary[_HEAD] not in _DACL_ENTRIES:
            security.set_sacl(descriptor, True, memory, False)
        else:
            security.set_dacl(descriptor, True, memory, False)
        return security.format_sddl(descriptor, _sddl.part_bits(_sddl.PARTS))

    def to_memory(self) -> CData:
        """Return new memory with the list, for C."""
        return security.memory_with(self.binary)

    def __repr__(self) -> str:
        return f"AccessControlList.from_sddl({self.to_sddl()!r})"

    def __len__(self) -> int:
        return _number(self.binary, _COUNT_AT)

    def __bool__(self) -> bool:
        # An empty DACL, which grants no rights, must not be confused with no DACL, which grants
        # all.
        return True


def _number(binary: bytes, offset: int) -> int:
    return int.from_bytes(binary[offset : offset + 2], "little")


def _without_reserve(binary: bytes) -> bytes:
    end = _HEAD
    for _ in range(_number(binary, _COUNT_AT)):
        end += max(_ENTRY_HEAD, _number(binary, end + _SIZE_AT))
    # The system would read beyond the end.
    if end > len(binary):
        raise ValueError("not an access control list: its entries are longer than itself")
    return binary[:_SIZE_AT] + end.to_bytes(2, "little") + binary[_COUNT_AT:end]
