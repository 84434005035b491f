"""The control bits of security descriptors."""

from __future__ import annotations

import enum

from interprocess._bindings.advapi32 import constant

__all__ = ["Control"]


class Control(enum.IntFlag):
    """The control bits of a descriptor. SECURITY_DESCRIPTOR_CONTROL."""

    __module__ = "interprocess.os.windows.security_descriptor"

    OWNER_DEFAULTED = constant("SE_OWNER_DEFAULTED")
    """The owner is a default."""
    GROUP_DEFAULTED = constant("SE_GROUP_DEFAULTED")
    """The group is a default."""
    DACL_PRESENT = constant("SE_DACL_PRESENT")
    """There is a DACL, perhaps a null one."""
    DACL_DEFAULTED = constant("SE_DACL_DEFAULTED")
    """The DACL is a default."""
    SACL_PRESENT = constant("SE_SACL_PRESENT")
    """There is a SACL, perhaps a null one."""
    SACL_DEFAULTED = constant("SE_SACL_DEFAULTED")
    """The SACL is a default."""
    DACL_AUTO_INHERIT_REQ = constant("SE_DACL_AUTO_INHERIT_REQ")
    """Objects inside should inherit from the DACL."""
    SACL_AUTO_INHERIT_REQ = constant("SE_SACL_AUTO_INHERIT_REQ")
    """Objects inside should inherit from the SACL."""
    DACL_AUTO_INHERITED = constant("SE_DACL_AUTO_INHERITED")
    """The DACL supports inheritance."""
    SACL_AUTO_INHERITED = constant("SE_SACL_AUTO_INHERITED")
    """The SACL supports inheritance."""
    DACL_PROTECTED = constant("SE_DACL_PROTECTED")
    """The DACL is protected: it inherits nothing."""
    SACL_PROTECTED = constant("SE_SACL_PROTECTED")
    """The SACL is protected: it inherits nothing."""
    RM_CONTROL_VALID = constant("SE_RM_CONTROL_VALID")
    """A resource manager keeps its own bits in the descriptor."""
    SELF_RELATIVE = constant("SE_SELF_RELATIVE")
    """The descriptor is self-relative: in one block with its parts."""


#: The bits that can be set independently; the others follow from the parts.
SETTABLE = (
    Control.DACL_AUTO_INHERIT_REQ
    | Control.SACL_AUTO_INHERIT_REQ
    | Control.DACL_AUTO_INHERITED
    | Control.SACL_AUTO_INHERITED
    | Control.DACL_PROTECTED
    | Control.SACL_PROTECTED
)
