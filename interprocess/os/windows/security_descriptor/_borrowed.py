"""Read-only security descriptors in memory that other code owns."""

from __future__ import annotations

from interprocess._bindings.advapi32 import constant, ffi
from interprocess.os.windows._calls import security
from interprocess.os.windows.security_descriptor._access_control_list import AccessControlList
from interprocess.os.windows.security_descriptor._sddl import PARTS, part_bits
from interprocess.os.windows.security_descriptor._sid import Sid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar

    from interprocess._bindings._types import CData
    from interprocess.os.windows.security_descriptor._owned import SecurityDescriptor
    from interprocess.os.windows.security_descriptor._sddl import Part

__all__ = ["BorrowedSecurityDescriptor"]


class BorrowedSecurityDescriptor:
    """A read-only security descriptor in memory that other code owns.

    Descriptors are equal if they have the same content, in either format. They can change, so they
    cannot be keys of a `dict`.

    Security Descriptors.
    """

    __module__ = "interprocess.os.windows.security_descriptor"

    __slots__ = ("_keeps_alive", "_pointer")

    #: Equality is by content, which may change.
    __hash__: ClassVar[None] = None  # type: ignore[assignment]

    def __init__(self, pointer: CData | int, keeps_alive: object = None) -> None:
        """Borrow the descriptor at POINTER, an address or a cffi pointer, in either format.

        The memory must stay unchanged for as long as the new object exists; to help with that, the
        object keeps a reference to `keeps_alive`.

        Raises `ValueError` for a null pointer and for an invalid descriptor; but an unreadable
        address crashes the process. IsValidSecurityDescriptor function.
        """
        self._pointer = ffi.cast("void *", pointer)
        # The cast pointer does not keep memory alive that cffi may have allocated.
        self._keeps_alive = (pointer, keeps_alive)
        if self._pointer == ffi.NULL or not security.is_valid_descriptor(self._pointer):
            raise ValueError("not a valid security descriptor")

    @property
    def pointer(self) -> CData:
        """The descriptor for C, a `void *`; it is valid for as long as this object exists."""
        return self._pointer

    def write_to_security_attributes(self, attributes: Any) -> None:
        """Let ATTRIBUTES, a cffi `SECURITY_ATTRIBUTES` or a pointer to one, refer to this.

        Its other fields are unchanged. It does not keep this object alive: you have to, until its
        last use. SECURITY_ATTRIBUTES structure.
        """
        attributes.lpSecurityDescriptor = self._pointer

    @property
    def owner(self) -> Sid | None:
        """The owner of the object, or `None`. GetSecurityDescriptorOwner function."""
        return _sid(security.owner(self._pointer))

    @property
    def group(self) -> Sid | None:
        """The primary group of the object, or `None`. GetSecurityDescriptorGroup function."""
        return _sid(security.group(self._pointer))

    @property
    def dacl(self) -> AccessControlList | None:
        """The list that controls access. GetSecurityDescriptorDacl function.

        `None` has two meanings, which `has_dacl` distinguishes: there is no DACL (a new object gets
        the default of the process that makes it), or there is a null one (every user has all
        access).
        """
        return _access_control_list(security.dacl(self._pointer))

    @property
    def sacl(self) -> AccessControlList | None:
        """The list that controls auditing, and the integrity level; otherwise as `dacl`.

        GetSecurityDescriptorSacl function.
        """
        return _access_control_list(security.sacl(self._pointer))

    @property
    def has_dacl(self) -> bool:
        """True if there is a DACL, perhaps a null one."""
        return bool(self.control & constant("SE_DACL_PRESENT"))

    @property
    def has_sacl(self) -> bool:
        """True if there is a SACL, perhaps a null one."""
        return bool(self.control & constant("SE_SACL_PRESENT"))

    @property
    def control(self) -> int:
        """The control bits: of `ControlBits`, and others. GetSecurityDescriptorControl function."""
        return security.control(self._pointer)

    def is_valid(self) -> bool:
        """Return true if it and its parts are valid. IsValidSecurityDescriptor function."""
        return security.is_valid_descriptor(self._pointer)

    def to_sddl(self, *parts: Part) -> str:
        """Return the text of the named parts, or of all: "owner", "group", "dacl", "sacl", "label".

        ConvertSecurityDescriptorToStringSecurityDescriptorW function.
        """
        return security.format_sddl(self._pointer, part_bits(parts or PARTS))

    def clone(self) -> SecurityDescriptor:
        """Return a copy that owns its memory."""
        from interprocess.os.windows.security_descriptor._owned import SecurityDescriptor

        return SecurityDescriptor(self)

    def __copy__(self) -> SecurityDescriptor:
        return self.clone()

    def __deepcopy__(self, memo: dict[int, Any]) -> SecurityDescriptor:
        return self.clone()

    def __reduce__(self) -> str:
        raise TypeError(f"{type(self).__name__} cannot be pickled; its SDDL can")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, BorrowedSecurityDescriptor):
            return NotImplemented
        return self._content() == other._content()

    def _content(self) -> tuple[Any, ...]:
        format_apart = self.control & ~constant("SE_SELF_RELATIVE")
        return format_apart, self.owner, self.group, self.dacl, self.sacl

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.to_sddl()!r}>"


def _sid(pointer: CData) -> Sid | None:
    return None if pointer == ffi.NULL else Sid(security.format_sid(pointer))


def _access_control_list(pointer: CData) -> AccessControlList | None:
    return None if pointer == ffi.NULL else AccessControlList(security.acl_bytes(pointer))
