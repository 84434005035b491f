"""Security descriptors that own their memory, and can be changed."""

from __future__ import annotations

from interprocess._bindings.advapi32 import ffi
from interprocess.os.windows._calls import security
from interprocess.os.windows.security_descriptor import _sddl
from interprocess.os.windows.security_descriptor._access_control_list import AccessControlList
from interprocess.os.windows.security_descriptor._borrowed import BorrowedSecurityDescriptor
from interprocess.os.windows.security_descriptor._control import SETTABLE
from interprocess.os.windows.security_descriptor._sid import Sid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._bindings._types import CData

__all__ = ["SecurityDescriptor"]

#: Rights to a pipe. Named Pipe Security and Access Rights; File Security and Access Rights.
_FILE_GENERIC_READ = 0x120089
_FILE_GENERIC_WRITE = 0x120116
_FILE_CREATE_PIPE_INSTANCE = 0x4


class SecurityDescriptor(BorrowedSecurityDescriptor):
    """A security descriptor that owns its memory, and can be used wherever a borrowed one can.

    Its `pointer` stays the same when parts are set, so that its holders see the changes. The
    methods that set a part take `defaulted`, which marks the part as a default.
    """

    __module__ = "interprocess.os.windows.security_descriptor"

    __slots__ = ("_parts",)

    def __init__(self, source: BorrowedSecurityDescriptor | None = None) -> None:
        """Copy SOURCE, or make a descriptor without owner, group, DACL and SACL.

        An object that is made with an empty descriptor gets the defaults of its process.
        InitializeSecurityDescriptor function, MakeAbsoluteSD function.
        """
        # The absolute format, since only that allows setting parts. We own the parts' memory too.
        self._parts: dict[str, CData] = {}
        if source is None:
            descriptor = security.new_descriptor()
        else:
            data = security.self_relative(source.pointer)
            descriptor, self._parts = security.absolute(data)
        super().__init__(descriptor, keeps_alive=descriptor)

    @classmethod
    def from_sddl(cls, text: str) -> SecurityDescriptor:
        """Make a descriptor from its text, such as `"O:BAG:SYD:P(A;;GA;;;SY)(A;;0x12019b;;;AU)"`.

        Raises `ValueError` for invalid text, with the position of the error. Security Descriptor
        String Format; ConvertStringSecurityDescriptorToSecurityDescriptorW function.
        """
        return cls(BorrowedSecurityDescriptor(security.memory_with(_sddl.parse(text))))

    @classmethod
    def current_user_only(cls) -> SecurityDescriptor:
        """Make a descriptor that grants all rights to the user of this process, and none to others.

        The user is also the owner, and the DACL inherits nothing. Administrators can still take
        ownership. OpenProcessToken function, GetTokenInformation function.
        """
        user = Sid.current_user()
        return cls.from_sddl(f"O:{user}D:P(A;;GA;;;{user})")

    @classmethod
    def user_and_administrators(cls) -> SecurityDescriptor:
        """Make a descriptor that grants all rights to this user, administrators and the system.

        Other users get no rights, and the DACL inherits nothing. This is the default of our pipes.
        It names the user instead of the owner: the owner of an elevated process is the group of
        administrators, to which the same user's other processes do not belong. OpenProcessToken
        function, GetTokenInformation function.
        """
        return cls.from_sddl(f"D:P(A;;GA;;;SY)(A;;GA;;;BA)(A;;GA;;;{Sid.current_user()})")

    @classmethod
    def every_user(cls) -> SecurityDescriptor:
        """Make a descriptor that lets every user connect to a pipe, to read and to write.

        Otherwise as `user_and_administrators`: other users may not create instances of the pipe
        (FILE_CREATE_PIPE_INSTANCE), and users who have not logged on, guests included, may not
        connect.
        """
        connecting = _FILE_GENERIC_READ | _FILE_GENERIC_WRITE & ~_FILE_CREATE_PIPE_INSTANCE
        sddl = cls.user_and_administrators().to_sddl("dacl")
        return cls.from_sddl(f"{sddl}(A;;{connecting:#x};;;AU)")

    def set_owner(self, sid: Sid, *, defaulted: bool = False) -> None:
        """Set the owner. SetSecurityDescriptorOwner function."""
        memory = sid.to_memory()
        security.set_owner(self._pointer, memory, defaulted)
        self._parts["owner"] = memory

    def unset_owner(self) -> None:
        """Remove the owner. SetSecurityDescriptorOwner function."""
        security.set_owner(self._pointer, ffi.NULL, False)

    def set_group(self, sid: Sid, *, defaulted: bool = False) -> None:
        """Set the group. SetSecurityDescriptorGroup function."""
        memory = sid.to_memory()
        security.set_group(self._pointer, memory, defaulted)
        self._parts["group"] = memory

    def unset_group(self) -> None:
        """Remove the group. SetSecurityDescriptorGroup function."""
        security.set_group(self._pointer, ffi.NULL, False)

    def set_dacl(self, dacl: AccessControlList, *, defaulted: bool = False) -> None:
        """Set the list that controls access. SetSecurityDescriptorDacl function."""
        memory = dacl.to_memory()
        security.set_dacl(self._pointer, True, memory, defaulted)
        self._parts["dacl"] = memory

    def unset_dacl(self) -> None:
        """Set a null DACL: every user has all access. SetSecurityDescriptorDacl function."""
        security.set_dacl(self._pointer, True, ffi.NULL, False)

    def remove_dacl(self) -> None:
        """Remove the DACL: a new object gets the default. SetSecurityDescriptorDacl function."""
        security.set_dacl(self._pointer, False, ffi.NULL, False)

    def set_sacl(self, sacl: AccessControlList, *, defaulted: bool = False) -> None:
        """Set the list that controls auditing. SetSecurityDescriptorSacl function."""
        memory = sacl.to_memory()
        security.set_sacl(self._pointer, True, memory, defaulted)
        self._parts["sacl"] = memory

    def unset_sacl(self) -> None:
        """Set a null SACL: nothing is audited. SetSecurityDescriptorSacl function."""
        security.set_sacl(self._pointer, True, ffi.NULL, False)

    def remove_sacl(self) -> None:
        """Remove the SACL. SetSecurityDescriptorSacl function."""
        security.set_sacl(self._pointer, False, ffi.NULL, False)

    def set_control(self, mask: int, bits: int) -> None:
        """Set the control bits in MASK to their values in BITS.

        Only the bits about inheritance can be set; the others follow from the parts, and raise
        `ValueError`. SetSecurityDescriptorControl function.
        """
        if mask & ~SETTABLE or bits & ~mask:
            raise ValueError(
                f"only {SETTABLE!r} within the mask can be set, not {bits!r} of {mask!r}"
            )
        security.set_control(self._pointer, mask, bits)

    def __repr__(self) -> str:
        return f"SecurityDescriptor.from_sddl({self.to_sddl()!r})"
