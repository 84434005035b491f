"""The control bits of security descriptors."""

from __future__ import annotations

import enum

from interprocess._bindings.advapi32 import constant

__all__ = ["Control"]


class Control(enum.IntFlag):
    """What a descriptor says about its parts. SECURITY_DESCRIPTOR_CONTROL."""

    __module__ = "interprocess.os.windows.security_descriptor"

    OWNER_DEFAULTED = constant("SE_OWNER_DEFAULTED")
    """The owner was not chosen, but is a default."""
    GROUP_DEFAULTED = constant("SE_GROUP_DEFAULTED")
    """The group was not chosen, but is a default."""
    DACL_PRESENT = constant("SE_DACL_PRESENT")
    """There is a DACL, perhaps a null one."""
    DACL_DEFAULTED = constant("SE_DACL_DEFAULTED")
    """The DACL was not chosen, but is a default."""
    SACL_PRESENT = constant("SE_SACL_PRESENT")
    """There is a SACL, perhaps a null one."""
    SACL_DEFAULTED = constant("SE_SACL_DEFAULTED")
    """The SACL was not chosen, but is a default."""
    DACL_AUTO_INHERIT_REQ = constant("SE_DACL_AUTO_INHERIT_REQ")
    """Objects inside are to inherit from the DACL."""
    SACL_AUTO_INHERIT_REQ = constant("SE_SACL_AUTO_INHERIT_REQ")
    """Objects inside are to inherit from the SACL."""
    DACL_AUTO_INHERITED = constant("SE_DACL_AUTO_INHERITED")
    """The DACL is one that inherits."""
    SACL_AUTO_INHERITED = constant("SE_SACL_AUTO_INHERITED")
    """The SACL is one that inherits."""
    DACL_PROTECTED = constant("SE_DACL_PROTECTED")
    """The DACL inherits nothing."""
    SACL_PROTECTED = constant("SE_SACL_PROTECTED")
    """The SACL inherits nothing."""
    RM_CONTROL_VALID = constant("SE_RM_CONTROL_VALID")
    """A resource manager keeps bits of its own in the descriptor."""
    SELF_RELATIVE = constant("SE_SELF_RELATIVE")
    """The descriptor is in one piece with its parts."""


#: What can be set by itself; the others follow from the parts.
SETTABLE = (
    Control.DACL_AUTO_INHERIT_REQ
    | Control.SACL_AUTO_INHERIT_REQ
    | Control.DACL_AUTO_INHERITED
    | Control.SACL_AUTO_INHERITED
    | Control.DACL_PROTECTED
    | Control.SACL_PROTECTED
)
