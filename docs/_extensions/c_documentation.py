"""Where the C functions that are declared in `bindings` are documented, by their headers."""

from __future__ import annotations

import re

#: The header of Windows under which Microsoft Learn has each function.
_LEARN = {
    "handleapi": "CloseHandle DuplicateHandle GetHandleInformation SetHandleInformation",
    "fileapi": "CreateFileW FindClose FindFirstFileW FindNextFileW FlushFileBuffers GetFileType "
    "ReadFile WriteFile",
    "memoryapi": "CreateFileMappingW MapViewOfFile OpenFileMappingW UnmapViewOfFile VirtualQuery",
    "errhandlingapi": "GetLastError SetLastError",
    "synchapi": "CreateEventW WaitForSingleObject WaitForMultipleObjects",
    "processthreadsapi": "GetCurrentProcess GetCurrentThread GetCurrentThreadId OpenProcess "
    "OpenProcessToken OpenThread OpenThreadToken",
    "ioapiset": "CancelIoEx CancelSynchronousIo CreateIoCompletionPort GetOverlappedResult",
    "namedpipeapi": "ConnectNamedPipe CreateNamedPipeW DisconnectNamedPipe "
    "GetNamedPipeHandleStateW GetNamedPipeInfo ImpersonateNamedPipeClient PeekNamedPipe "
    "SetNamedPipeHandleState WaitNamedPipeW",
    "winbase": "GetNamedPipeClientProcessId GetNamedPipeClientSessionId "
    "GetNamedPipeServerProcessId GetNamedPipeServerSessionId GetProcessAffinityMask LocalFree "
    "LookupAccountSidW",
    "sddl": "ConvertSecurityDescriptorToStringSecurityDescriptorW ConvertSidToStringSidW "
    "ConvertStringSecurityDescriptorToSecurityDescriptorW ConvertStringSidToSidW",
    "securitybaseapi": "GetLengthSid GetSecurityDescriptorControl GetSecurityDescriptorDacl "
    "GetSecurityDescriptorGroup GetSecurityDescriptorLength GetSecurityDescriptorOwner "
    "GetSecurityDescriptorSacl GetTokenInformation InitializeSecurityDescriptor IsValidAcl "
    "IsValidSecurityDescriptor MakeAbsoluteSD MakeSelfRelativeSD RevertToSelf "
    "SetSecurityDescriptorControl SetSecurityDescriptorDacl SetSecurityDescriptorGroup "
    "SetSecurityDescriptorOwner SetSecurityDescriptorSacl",
    "aclapi": "GetSecurityInfo SetSecurityInfo",
    "interlockedapi": "InterlockedPushEntrySList",
    "winternl": "NtQueryObject",
}
_WIN32 = "https://learn.microsoft.com/windows/win32"
#: Those that Microsoft Learn has elsewhere.
_LEARN_ELSEWHERE = {
    "NtQueryInformationFile": "https://learn.microsoft.com/windows-hardware/drivers/ddi/ntifs/"
    "nf-ntifs-ntqueryinformationfile",
    "K32GetMappedFileNameW": f"{_WIN32}/api/psapi/nf-psapi-getmappedfilenamew",
    "NtCreateNamedPipeFile": f"{_WIN32}/devnotes/nt-create-named-pipe-file",
}


#: The manual pages of a system, by the beginning of its headers' names.
_MANUALS = {
    "unix": ("Linux", "https://man7.org/linux/man-pages/man{s}/{n}.{s}.html"),
    "linux": ("Linux", "https://man7.org/linux/man-pages/man{s}/{n}.{s}.html"),
    "freebsd": ("FreeBSD", "https://man.freebsd.org/cgi/man.cgi?query={n}&sektion={s}"),
    "bsd": ("FreeBSD", "https://man.freebsd.org/cgi/man.cgi?query={n}&sektion={s}"),
    "netbsd": ("NetBSD", "https://man.netbsd.org/{n}.{s}"),
    "openbsd": ("OpenBSD", "https://man.openbsd.org/{n}.{s}"),
    "darwin": ("macOS", "https://keith.github.io/xcode-man-pages/{n}.{s}.html"),
    "illumos": ("illumos", "https://illumos.org/man/{s}/{n}"),
}
_POSIX = "https://pubs.opengroup.org/onlinepubs/9799919799/functions/{n}.html"
_PAGE = re.compile(r"\b([a-z_]\w*)\((\d)(C?)\)")


def documentation(function: str, header: str, comment: str) -> list[tuple[str, str]]:
    """Return titles and addresses of what documents a function; at least one, or `LookupError`."""
    if header.startswith("windows/"):
        return [("Microsoft Learn", _learn(function))]
    pages = _PAGE.findall(comment)
    if not pages:
        raise LookupError(f"{header}: {function}: its comment names no manual page")
    found = []
    for name, section, solaris in pages:
        system = "illumos" if solaris else header.partition("/")[2].split(".")[0].split("_")[0]
        called, address = _MANUALS[system]
        address = address.format(n=name, s=f"{section}{solaris}")
        found.append((f"{name}({section}{solaris}), {called}", address))
    if re.fullmatch(r"libc/unix(_atomic)?\.h", header):
        found.append((f"{function}(), POSIX", _POSIX.format(n=function)))
    return found


def _learn(function: str) -> str:
    if function in _LEARN_ELSEWHERE:
        return _LEARN_ELSEWHERE[function]
    for header, functions in _LEARN.items():
        if function in functions.split():
            return f"{_WIN32}/api/{header}/nf-{header}-{function.lower()}"
    raise LookupError(f"docs/_extensions/c_documentation.py does not know where {function} is")
