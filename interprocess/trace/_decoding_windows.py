"""Decode arguments and results of Windows functions: names, paths, structures."""

from __future__ import annotations

from interprocess._bindings import advapi32, kernel32
from interprocess._bindings._signatures import SIGNATURES
from interprocess.trace._values import Data, Symbol, flags, named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from interprocess._bindings._types import FFI


def _of(names: Iterable[str]) -> dict[str, int]:
    return {name: kernel32.constant(name) & 0xFFFFFFFF for name in names}


_ACCESS = _of(
    [
        *("GENERIC_READ", "GENERIC_WRITE", "FILE_READ_DATA", "FILE_WRITE_DATA"),
        *("FILE_READ_ATTRIBUTES", "FILE_WRITE_ATTRIBUTES", "WRITE_DAC"),
    ]
)
_ACCESS["SYNCHRONIZE"] = 0x00100000
_PROCESS = _of(["PROCESS_DUP_HANDLE", "PROCESS_QUERY_LIMITED_INFORMATION"])
_OPEN_FLAGS = _of(
    [
        *("FILE_FLAG_OVERLAPPED", "FILE_FLAG_WRITE_THROUGH", "SECURITY_SQOS_PRESENT"),
        *("SECURITY_IDENTIFICATION", "SECURITY_IMPERSONATION"),
    ]
)
#: The open mode of a pipe: the direction, and further flags and access rights.
_OPEN_MODE = {
    "PIPE_ACCESS_INBOUND": 1,
    "PIPE_ACCESS_OUTBOUND": 2,
    "PIPE_ACCESS_DUPLEX": 3,
    **_of(["FILE_FLAG_FIRST_PIPE_INSTANCE", "FILE_FLAG_OVERLAPPED", "FILE_FLAG_WRITE_THROUGH"]),
    **_of(["WRITE_DAC"]),
}
_PIPE_MODE = {
    **_of(["PIPE_TYPE_MESSAGE", "PIPE_READMODE_MESSAGE", "PIPE_REJECT_REMOTE_CLIENTS"]),
    "PIPE_NOWAIT": 1,
}
_DUPLICATE = {"DUPLICATE_CLOSE_SOURCE": 1, "DUPLICATE_SAME_ACCESS": 2}
_PIPE_INFO = {"PIPE_SERVER_END": 1, "PIPE_TYPE_MESSAGE": 4}
_SECURITY_INFORMATION = {
    f"{part}_SECURITY_INFORMATION": advapi32.constant(f"{part}_SECURITY_INFORMATION") & 0xFFFFFFFF
    for part in ("OWNER", "GROUP", "DACL", "SACL", "LABEL")
}
_STATUS = _of(["STATUS_CANCELLED", "STATUS_PENDING", "STATUS_BUFFER_OVERFLOW"])
_STATUS.update(
    STATUS_SUCCESS=0,
    STATUS_PIPE_BROKEN=0xC000014B,
    STATUS_PIPE_DISCONNECTED=0xC00000B0,
    STATUS_PIPE_CLOSING=0xC00000B1,
    STATUS_END_OF_FILE=0xC0000011,
    STATUS_PIPE_EMPTY=0xC00000D9,
)
_WAITS = {"WAIT_OBJECT_0": 0, "WAIT_TIMEOUT": 258, "WAIT_ABANDONED": 128}
_INFINITE = 0xFFFFFFFF
_UNLIMITED = 255

#: The names of flags, by parameter.
_FLAGS: dict[str, Mapping[str, int]] = {
    "dwDesiredAccess": _ACCESS,
    "DesiredAccess": _ACCESS,
    "dwFlagsAndAttributes": _OPEN_FLAGS,
    "dwOpenMode": _OPEN_MODE,
    "dwPipeMode": _PIPE_MODE,
    "dwOptions": _DUPLICATE,
    "dwMask": {"HANDLE_FLAG_INHERIT": 1},
    "dwFlags": {"HANDLE_FLAG_INHERIT": 1},
    "SecurityInfo": _SECURITY_INFORMATION,
    "SecurityInformation": _SECURITY_INFORMATION,
}
_NAMES: dict[str, Mapping[str, int]] = {
    "dwCreationDisposition": {"OPEN_EXISTING": 3},
    "FileInformationClass": {
        "FileModeInformation": 16,
        "FileNameInformation": 9,
        "FilePipeLocalInformation": 24,
    },
    "ObjectInformationClass": {"ObjectBasicInformation": 0},
    "ObjectType": {"SE_KERNEL_OBJECT": 6},
    "CreateDisposition": {"FILE_CREATE": 2, "FILE_OPEN_IF": 3},
    "NamedPipeType": {"FILE_PIPE_BYTE_STREAM_TYPE": 0, "FILE_PIPE_MESSAGE_TYPE": 1},
}
_BOOLEANS = ("bInheritHandle", "bManualReset", "bInitialState", "bWait", "bWaitAll", "OpenAsSelf")
_HANDLES = ("hFile", "hObject", "hNamedPipe", "hHandle", "hSourceHandle", "hEvent", "FileHandle")
#: The structures that `NtQueryInformationFile` and `NtQueryObject` fill, by class.
_INFORMATION = {
    0: "PUBLIC_OBJECT_BASIC_INFORMATION",
    9: "FILE_NAME_INFORMATION",
    24: "FILE_PIPE_LOCAL_INFORMATION",
}

#: Functions for which a `BOOL` result of `FALSE` does not signal an error.
_PREDICATES = ("IsValidSecurityDescriptor", "IsValidAcl")
_ERROR_CODES = ("GetSecurityInfo", "SetSecurityInfo")

PYTHONS_OWN = {
    "close": "Close a file of the C library. CloseHandle function",
    "get_osfhandle": "Return the handle of a file of the C library. No call of the system",
    "getpid": "Return the number of the process. GetCurrentProcessId function",
    "open_osfhandle": "Create a file of the C library for a handle. GetFileType function",
    "urandom": "Get random bytes. BCryptGenRandom function",
}


def failed(library: str, function: str, result: Any) -> bool:
    """Return true if the result of a function signals an error."""
    if library not in _FFIS or function in _PREDICATES or not isinstance(result, int):
        return False
    if function in _ERROR_CODES:
        return result != 0
    if library == "ntdll":
        return result < 0
    kind = SIGNATURES[function][0]
    if kind == "int32_t":
        return result == 0
    if function in ("CreateFileW", "CreateNamedPipeW"):
        return result == -1
    if function.startswith("WaitFor"):
        return result == 0xFFFFFFFF
    return kind == "intptr_t" and result == 0 and function.startswith(("Create", "Open"))


def failure(library: str, function: str) -> str:
    """Return the failure result of a function, as C code writes it."""
    if library not in _FFIS:
        return "-1"
    if function in ("CreateFileW", "CreateNamedPipeW"):
        return "INVALID_HANDLE_VALUE"
    if function in _ERROR_CODES or library == "ntdll":
        return ""
    if function.startswith("WaitFor"):
        return "WAIT_FAILED"
    return "NULL" if SIGNATURES[function][0] == "intptr_t" else "FALSE"


def error_of(library: str, function: str, result: Any, number: int) -> str:
    """Return the name of an error."""
    if library == "ntdll":
        return str(named(result & 0xFFFFFFFF, _STATUS))
    if function in _ERROR_CODES:
        number = result
    return _error_names().get(number, f"error {number}")


def _error_names() -> dict[int, str]:
    if not _errors:
        for name in dir(kernel32.ffi.dlopen("kernel32.dll")):
            if name.startswith("ERROR_"):
                _errors[kernel32.constant(name)] = name
    return _errors


_errors: dict[int, str] = {}

_FFIS: dict[str, FFI] = {
    "kernel32": kernel32.ffi,
    "ntdll": kernel32.ntdll_ffi,
    "advapi32": advapi32.ffi,
}


def arguments_of(
    library: str,
    function: str,
    values: Sequence[Any],
    outputs: Mapping[str, bytes],
    result: Any,
) -> dict[str, Any]:
    """Return the decoded arguments of a call by name; OUTPUTS contains memory that it filled."""
    if library not in _FFIS:
        return dict(values)
    _, parameters, _ = SIGNATURES[function]
    given = {name: value for (_, name), value in zip(parameters, values)}
    kinds = {name: kind for kind, name in parameters}
    ffi = _FFIS[library]
    arguments = {
        name: _argument(ffi, function, name, kinds[name], value, given, outputs, result)
        for name, value in given.items()
    }
    if "operation" in outputs and result == 0:
        arguments["operation"] = _operation(ffi, outputs)
    return arguments


def _argument(
    ffi: FFI,
    function: str,
    name: str,
    kind: str,
    value: Any,
    given: Mapping[str, Any],
    outputs: Mapping[str, bytes],
    result: Any,
) -> Any:
    after = outputs.get(name)
    if value is None:
        return None
    if name == "lpBuffer":
        return _buffer(ffi, function, value, given, outputs)
    if name in ("FileInformation", "ObjectInformation") and result is not None and after:
        return _information(ffi, given.get(f"{name}Class"), after)
    if isinstance(value, bytes):
        if "struct " in kind:
            return _structure(ffi, kind.replace("const ", "").rstrip(" *"), after or value)
        return _numbers(ffi, kind, after if after is not None and result is not None else value)
    if function == "OpenProcess" and name == "dwDesiredAccess":
        return flags(value, _PROCESS)
    if name in _FLAGS:
        return flags(value & 0xFFFFFFFF, _FLAGS[name])
    if name in _NAMES:
        return named(value, _NAMES[name])
    if name in _BOOLEANS:
        return Symbol("TRUE" if value else "FALSE")
    if name in ("dwMilliseconds", "nTimeOut") and value == _INFINITE:
        return Symbol("INFINITE")
    if name == "nMaxInstances" and value == _UNLIMITED:
        return Symbol("PIPE_UNLIMITED_INSTANCES")
    return _number(name, value)


def _number(name: str, value: Any) -> Any:
    if value == -1 and name in _HANDLES:
        return Symbol("INVALID_HANDLE_VALUE")
    return Symbol(value) if isinstance(value, str) and value.startswith("0x") else value


def _buffer(
    ffi: FFI, function: str, value: bytes, given: Mapping[str, Any], outputs: Mapping[str, bytes]
) -> Any:
    """Return the written data, or the data that was read by the time the call returned."""
    if function == "WriteFile":
        return Data(value, given["nNumberOfBytesToWrite"])
    overlapped = outputs.get("lpOverlapped")
    if function == "ReadFile" and overlapped is not None:
        operation = ffi.from_buffer("struct OVERLAPPED[1]", overlapped)[0]
        if not operation.Internal:
            return Data(outputs["lpBuffer"], int(operation.InternalHigh))
    return Symbol("...")


def _operation(ffi: FFI, outputs: Mapping[str, bytes]) -> dict[str, Any]:
    """Decode the outcome of an operation after the wait for its event."""
    operation = ffi.from_buffer("struct OVERLAPPED[1]", outputs["operation"])[0]
    status, count = int(operation.Internal), int(operation.InternalHigh)
    found: dict[str, Any] = {"Internal": named(status & 0xFFFFFFFF, _STATUS), "InternalHigh": count}
    if "data" in outputs:
        found["lpBuffer"] = Data(outputs["data"], count)
    return found


def _structure(ffi: FFI, kind: str, octets: bytes) -> dict[str, Any]:
    """Return the fields of a structure that are numbers or pointers."""
    structure = ffi.from_buffer(f"{kind}[1]", octets)[0]
    found: dict[str, Any] = {}
    for field, about in ffi.typeof(kind).fields:
        value: Any = getattr(structure, field) if field else None
        if field in ("Internal", "Status"):
            found[field] = named(int(value) & 0xFFFFFFFF, _STATUS)
        elif about.type.kind == "primitive":
            found[field] = _number(field, int(value))
        elif about.type.kind == "pointer":
            found[field] = Symbol(f"0x{int(ffi.cast('uintptr_t', value)):x}") if value else None
    return {name: value for name, value in found.items() if name not in ("Offset", "OffsetHigh")}


def _information(ffi: FFI, kind: Any, octets: bytes) -> Any:
    if kind == 9 and len(octets) > 4:
        length = int.from_bytes(octets[:4], "little")
        return octets[4 : 4 + length].decode("utf-16-le", "replace")
    if kind == 16 and len(octets) >= 4:
        return [Symbol(f"0x{int.from_bytes(octets[:4], 'little'):x}")]
    name = _INFORMATION.get(kind)
    if name is not None and len(octets) >= ffi.sizeof(f"struct {name}"):
        return _structure(ffi, f"struct {name}", octets[: ffi.sizeof(f"struct {name}")])
    return Data(octets, len(octets))


def _numbers(ffi: FFI, kind: str, octets: bytes) -> Any:
    item = kind.replace("const ", "").rstrip(" *")
    if item == "void" or len(octets) % ffi.sizeof(item):
        return Data(octets, len(octets))
    array = ffi.from_buffer(f"{item}[]", octets)
    return [int(array[i]) for i in range(len(octets) // ffi.sizeof(item))]


def result_of(
    library: str,
    function: str,
    given: Mapping[str, Any],  # noqa: ARG001  # as on Unix
    result: Any,
) -> Any:
    """Decode the result of a successful call; GIVEN are its decoded arguments."""
    if library not in _FFIS:
        return 0 if result is None else result
    if function == "WaitForSingleObject":
        return named(result, _WAITS)
    if library == "ntdll":
        return named(result & 0xFFFFFFFF, _STATUS)
    kind = SIGNATURES[function][0]
    if kind == "int32_t" and library != "ntdll":
        return Symbol("TRUE" if result else "FALSE")
    if function == "GetFileType":
        return named(result, {"FILE_TYPE_PIPE": 3, "FILE_TYPE_DISK": 1, "FILE_TYPE_UNKNOWN": 0})
    return 0 if result is None or result is False else result
