"""One typed Python function for each C function of access control, as in `_calls`.

A descriptor, a SID and an ACL are pointers to memory that the caller keeps alive. Memory that the
system allocates for a result is copied and freed at once. Each docstring names the
function's page on Microsoft Learn.
"""

from __future__ import annotations

from interprocess._bindings.advapi32 import advapi32, constant, ffi
from interprocess._bindings.kernel32 import kernel32
from interprocess.os.windows._calls import error_of, system_error, wide

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from interprocess._bindings._types import CData


SDDL_REVISION_1 = constant("SDDL_REVISION_1")
SECURITY_DESCRIPTOR_REVISION = constant("SECURITY_DESCRIPTOR_REVISION")
SE_KERNEL_OBJECT = constant("SE_KERNEL_OBJECT")
TOKEN_QUERY = constant("TOKEN_QUERY")
TokenUser = constant("TokenUser")
LONGEST_SID = constant("SECURITY_MAX_SID_SIZE")
SE_SELF_RELATIVE = constant("SE_SELF_RELATIVE")


def memory_with(data: bytes) -> CData:
    """Return new memory, aligned for any structure, with DATA in it."""
    return ffi.new("char[]", data)


def _copy(pointer: CData, size: int) -> bytes:
    return bytes(ffi.buffer(pointer, size))


# Text


def parse_sddl(text: str) -> bytes:
    """Return the self-relative descriptor that SDDL describes.

    ConvertStringSecurityDescriptorToSecurityDescriptorW function.
    """
    result = ffi.new("void **")
    size = ffi.new("uint32_t *")
    if not advapi32.ConvertStringSecurityDescriptorToSecurityDescriptorW(
        wide(text), SDDL_REVISION_1, result, size
    ):
        raise system_error("ConvertStringSecurityDescriptorToSecurityDescriptorW")
    try:
        return _copy(result[0], size[0])
    finally:
        kernel32.LocalFree(result[0])


def format_sddl(descriptor: CData, parts: int) -> str:
    """Return the SDDL of a descriptor's parts, which are `…_SECURITY_INFORMATION` bits.

    ConvertSecurityDescriptorToStringSecurityDescriptorW function.
    """
    result = ffi.new("wchar_t **")
    if not advapi32.ConvertSecurityDescriptorToStringSecurityDescriptorW(
        descriptor, SDDL_REVISION_1, parts, result, ffi.NULL
    ):
        raise system_error("ConvertSecurityDescriptorToStringSecurityDescriptorW")
    return _text(result[0])


def parse_sid(text: str) -> bytes:
    """Return the SID that TEXT names. ConvertStringSidToSidW function."""
    result = ffi.new("void **")
    if not advapi32.ConvertStringSidToSidW(wide(text), result):
        raise system_error("ConvertStringSidToSidW")
    try:
        return _copy(result[0], advapi32.GetLengthSid(result[0]))
    finally:
        kernel32.LocalFree(result[0])


def format_sid(sid: CData) -> str:
    """Return a SID's text, "S-1-…". ConvertSidToStringSidW function."""
    result = ffi.new("wchar_t **")
    if not advapi32.ConvertSidToStringSidW(sid, result):
        raise system_error("ConvertSidToStringSidW")
    return _text(result[0])


def _text(allocated: CData) -> str:
    try:
        return str(ffi.string(allocated))
    finally:
        kernel32.LocalFree(allocated)


# Descriptors


def new_descriptor() -> CData:
    """Return an absolute descriptor without any part. InitializeSecurityDescriptor function."""
    descriptor = ffi.new("struct SECURITY_DESCRIPTOR *")
    if not advapi32.InitializeSecurityDescriptor(descriptor, SECURITY_DESCRIPTOR_REVISION):
        raise system_error("InitializeSecurityDescriptor")
    return descriptor


def is_valid_descriptor(descriptor: CData) -> bool:
    """Return true if a descriptor and its parts are valid. IsValidSecurityDescriptor function."""
    return bool(advapi32.IsValidSecurityDescriptor(descriptor))


def is_valid_acl(acl: CData) -> bool:
    """Return true if an ACL and its entries are valid. IsValidAcl function."""
    return bool(advapi32.IsValidAcl(acl))


def self_relative(descriptor: CData) -> bytes:
    """Return a descriptor in self-relative form, with all of its parts.

    MakeSelfRelativeSD function; a descriptor that is already self-relative is copied,
    GetSecurityDescriptorLength function.
    """
    if control(descriptor) & SE_SELF_RELATIVE:
        return _copy(descriptor, advapi32.GetSecurityDescriptorLength(descriptor))
    size = ffi.new("uint32_t *", advapi32.GetSecurityDescriptorLength(descriptor))
    result = ffi.new("char[]", size[0])
    if not advapi32.MakeSelfRelativeSD(descriptor, result, size):
        raise system_error("MakeSelfRelativeSD")
    return _copy(result, size[0])


def absolute(data: bytes) -> tuple[CData, dict[str, CData]]:
    """Return a self-relative descriptor's absolute form, and its parts, to be kept alive with it.

    MakeAbsoluteSD function.
    """
    source = memory_with(data)
    sizes = ffi.new("uint32_t[5]", [ffi.sizeof("struct SECURITY_DESCRIPTOR"), *[len(data)] * 4])
    descriptor = ffi.new("struct SECURITY_DESCRIPTOR *")
    parts = {part: ffi.new("char[]", len(data)) for part in ("dacl", "sacl", "owner", "group")}
    arguments: list[CData] = []
    for index, part in enumerate((descriptor, *parts.values())):
        arguments += [part, sizes + index]
    if not advapi32.MakeAbsoluteSD(source, *arguments):
        raise system_error("MakeAbsoluteSD")
    return descriptor, parts


def control(descriptor: CData) -> int:
    """Return a descriptor's `SE_…` bits. GetSecurityDescriptorControl function."""
    bits = ffi.new("uint16_t *")
    if not advapi32.GetSecurityDescriptorControl(descriptor, bits, ffi.new("uint32_t *")):
        raise system_error("GetSecurityDescriptorControl")
    return int(bits[0])


def set_control(descriptor: CData, mask: int, bits: int) -> None:
    """Set the control bits in MASK, absolute format. SetSecurityDescriptorControl function."""
    if not advapi32.SetSecurityDescriptorControl(descriptor, mask, bits):
        raise system_error("SetSecurityDescriptorControl")


def owner(descriptor: CData) -> CData:
    """Return a descriptor's owner, a SID or null. GetSecurityDescriptorOwner function."""
    return _sid(advapi32.GetSecurityDescriptorOwner, "GetSecurityDescriptorOwner", descriptor)


def group(descriptor: CData) -> CData:
    """Return a descriptor's primary group, a SID or null. GetSecurityDescriptorGroup function."""
    return _sid(advapi32.GetSecurityDescriptorGroup, "GetSecurityDescriptorGroup", descriptor)


def _sid(function: Callable[..., int], call: str, descriptor: CData) -> CData:
    result = ffi.new("void **")
    if not function(descriptor, result, ffi.new("int32_t *")):
        raise system_error(call)
    sid: CData = result[0]
    return sid


def dacl(descriptor: CData) -> CData:
    """Return a descriptor's DACL, or null. GetSecurityDescriptorDacl function."""
    return _acl(advapi32.GetSecurityDescriptorDacl, "GetSecurityDescriptorDacl", descriptor)


def sacl(descriptor: CData) -> CData:
    """Return a descriptor's SACL, or null. GetSecurityDescriptorSacl function."""
    return _acl(advapi32.GetSecurityDescriptorSacl, "GetSecurityDescriptorSacl", descriptor)


def _acl(function: Callable[..., int], call: str, descriptor: CData) -> CData:
    # Initialised to null, because the function leaves it unchanged if there is no list.
    result = ffi.new("void **")
    if not function(descriptor, ffi.new("int32_t *"), result, ffi.new("int32_t *")):
        raise system_error(call)
    acl: CData = result[0]
    return acl


def set_owner(descriptor: CData, sid: CData, defaulted: bool) -> None:
    """Make an absolute descriptor refer to an owner. SetSecurityDescriptorOwner function."""
    if not advapi32.SetSecurityDescriptorOwner(descriptor, sid, defaulted):
        raise system_error("SetSecurityDescriptorOwner")


def set_group(descriptor: CData, sid: CData, defaulted: bool) -> None:
    """Make an absolute descriptor refer to a group. SetSecurityDescriptorGroup function."""
    if not advapi32.SetSecurityDescriptorGroup(descriptor, sid, defaulted):
        raise system_error("SetSecurityDescriptorGroup")


def set_dacl(descriptor: CData, present: bool, acl: CData, defaulted: bool) -> None:
    """Make an absolute descriptor refer to a DACL. SetSecurityDescriptorDacl function."""
    if not advapi32.SetSecurityDescriptorDacl(descriptor, present, acl, defaulted):
        raise system_error("SetSecurityDescriptorDacl")


def set_sacl(descriptor: CData, present: bool, acl: CData, defaulted: bool) -> None:
    """Make an absolute descriptor refer to a SACL. SetSecurityDescriptorSacl function."""
    if not advapi32.SetSecurityDescriptorSacl(descriptor, present, acl, defaulted):
        raise system_error("SetSecurityDescriptorSacl")


def acl_bytes(acl: CData) -> bytes:
    """Return the bytes of an ACL. ACL structure."""
    return _copy(acl, ffi.cast("struct ACL *", acl).AclSize)


# Open objects and tokens


def security_info(handle: int, parts: int) -> bytes:
    """Return the self-relative descriptor of an open object's parts. GetSecurityInfo function."""
    result = ffi.new("void **")
    code = advapi32.GetSecurityInfo(
        handle, SE_KERNEL_OBJECT, parts, ffi.NULL, ffi.NULL, ffi.NULL, ffi.NULL, result
    )
    if code:
        raise error_of(code, f"GetSecurityInfo: {ffi.getwinerror(code)[1]}")
    try:
        return self_relative(result[0])
    finally:
        kernel32.LocalFree(result[0])


def set_security_info(
    handle: int, parts: int, owner: CData, group: CData, dacl: CData, sacl: CData
) -> None:
    """Set an open object's parts. SetSecurityInfo function."""
    code = advapi32.SetSecurityInfo(handle, SE_KERNEL_OBJECT, parts, owner, group, dacl, sacl)
    if code:
        raise error_of(code, f"SetSecurityInfo: {ffi.getwinerror(code)[1]}")


def open_process_token(process: int) -> int:
    """Open a process's token for queries and return its new handle. OpenProcessToken function."""
    token = ffi.new("intptr_t *")
    if not advapi32.OpenProcessToken(process, TOKEN_QUERY, token):
        raise system_error("OpenProcessToken")
    return int(token[0])


def open_thread_token() -> int:
    """Open the token that this thread impersonates, for queries, and return its new handle.

    The access check uses this process's rights, not those of the other user. OpenThreadToken
    function.
    """
    token = ffi.new("intptr_t *")
    if not advapi32.OpenThreadToken(kernel32.GetCurrentThread(), TOKEN_QUERY, True, token):
        raise system_error("OpenThreadToken")
    return int(token[0])


def account_name(sid: CData) -> tuple[str, str]:
    """Return the domain of a SID, and its name in that domain.

    LookupAccountSidW function.
    """
    longest = 256  # DNLEN is 15 and UNLEN 256; longer names need a second call.
    while True:
        name, domain = ffi.new("wchar_t[]", longest), ffi.new("wchar_t[]", longest)
        name_size, domain_size = (ffi.new("uint32_t *", longest) for _ in range(2))
        kind = ffi.new("int32_t *")
        if advapi32.LookupAccountSidW(ffi.NULL, sid, name, name_size, domain, domain_size, kind):
            return str(ffi.string(domain)), str(ffi.string(name))
        needed = max(name_size[0], domain_size[0])
        if needed <= longest:
            raise system_error("LookupAccountSidW")
        longest = needed


def token_user(token: int) -> str:
    """Return the SID of a token's user as text. GetTokenInformation function, TokenUser."""
    size = ffi.sizeof("struct SID_AND_ATTRIBUTES") + LONGEST_SID
    information = ffi.new("char[]", size)
    if not advapi32.GetTokenInformation(token, TokenUser, information, size, ffi.new("uint32_t *")):
        raise system_error("GetTokenInformation(TokenUser)")
    return format_sid(ffi.cast("struct SID_AND_ATTRIBUTES *", information).Sid)
