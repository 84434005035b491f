"""Who may do what, or whose doings are recorded: access control lists."""

from __future__ import annotations

from interprocess._interface.value import Value
from interprocess.os.windows import _security_calls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._bindings._types import CData

__all__ = ["AccessControlList"]

#: An ACL has its size at 2 and the number of its entries at 4, 16 bits each. Each entry has its
#: size at 2. ACL structure, ACE_HEADER structure
_HEAD, _ENTRY_HEAD = 8, 4
_SIZE_AT, _COUNT_AT = 2, 4


class AccessControlList(Value):
    """The entries of a DACL or a SACL, frozen; `len()` is how many there are.

    `binary` is the list as the system has it. Lists are equal if they have the same entries in the
    same order; memory that a list holds in reserve for more entries is left out.

    Raises `ValueError` for what is no valid list. ACL structure; IsValidAcl function.
    """

    __slots__ = ("binary",)

    binary: bytes

    def __init__(self, binary: bytes) -> None:
        if len(binary) < _HEAD or _number(binary, _SIZE_AT) != len(binary):
            raise ValueError("not an access control list: its size is not what it says")
        binary = _without_reserve(binary)
        if not _security_calls.is_valid_acl(_security_calls.memory_with(binary)):
            raise ValueError("not an access control list: its entries are not well formed")
        super().__init__(binary=binary)

    def to_memory(self) -> CData:
        """Return fresh memory with the list, for C."""
        return _security_calls.memory_with(self.binary)

    def __len__(self) -> int:
        return _number(self.binary, _COUNT_AT)

    def __bool__(self) -> bool:
        # An empty DACL, which gives nobody any right, must not be taken for none, which gives all.
        return True


def _number(binary: bytes, offset: int) -> int:
    return int.from_bytes(binary[offset : offset + 2], "little")


def _without_reserve(binary: bytes) -> bytes:
    end = _HEAD
    for _ in range(_number(binary, _COUNT_AT)):
        end += max(_ENTRY_HEAD, _number(binary, end + _SIZE_AT))
    # The system would read on behind the end.
    if end > len(binary):
        raise ValueError("not an access control list: its entries are longer than itself")
    return binary[:_SIZE_AT] + end.to_bytes(2, "little") + binary[_COUNT_AT:end]
