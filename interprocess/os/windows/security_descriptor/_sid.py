"""Security identifiers."""

from __future__ import annotations

from interprocess._bindings.kernel32 import kernel32
from interprocess._interface.value import Value
from interprocess.os.windows import _calls
from interprocess.os.windows._calls import processes, security

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._bindings._types import CData

__all__ = ["Sid"]


class Sid(Value):
    """A security identifier: a user, a group or another principal that can have rights.

    `text` is its standard form, such as "S-1-5-18"; the constructor also takes the two letters of
    SDDL: `Sid("SY")` is the same. SIDs are equal if they identify the same principal. Raises
    `TypeError` if TEXT is not a `str`, and `ValueError` if it is not a SID. Security Identifiers;
    ConvertStringSidToSidW function.
    """

    __module__ = "interprocess.os.windows.security_descriptor"

    __slots__ = ("text",)

    text: str

    def __init__(self, text: str) -> None:
        if not isinstance(text, str):
            raise TypeError(f"a SID is made from str, not {type(text).__name__}")
        # C would read only up to the NUL.
        if not text or "\0" in text:
            raise ValueError(f"{text!r} is not a SID: it is empty or has a NUL")
        try:
            binary = security.parse_sid(text)
        except OSError as error:
            raise ValueError(f"{text!r} is not a SID: {error.strerror}") from error
        super().__init__(text=security.format_sid(security.memory_with(binary)))

    @classmethod
    def current_user(cls) -> Sid:
        """Return the user that this process runs as, even while a thread impersonates another.

        OpenProcessToken function, GetTokenInformation function.
        """
        return cls._of_token(security.open_process_token(kernel32.GetCurrentProcess()))

    @classmethod
    def impersonated_user(cls) -> Sid:
        """Return the user that this thread impersonates, as within `impersonate_client`.

        The result is reliable, even if the client only allows identification. Raises `OSError` if
        the thread impersonates no user. OpenThreadToken function, GetTokenInformation function.
        """
        return cls._of_token(security.open_thread_token())

    @classmethod
    def of_process(cls, pid: int) -> Sid:
        """Return the user that a process runs as.

        Raises `PermissionError` if access is denied, and `OSError` if there is no such process.
        OpenProcess function, OpenProcessToken function, GetTokenInformation function.
        """
        access = processes.PROCESS_QUERY_LIMITED_INFORMATION
        process = processes.open_process(pid, access)
        try:
            return cls._of_token(security.open_process_token(process))
        finally:
            _calls.close_handle(process)

    @classmethod
    def _of_token(cls, token: int) -> Sid:
        try:
            return cls(security.token_user(token))
        finally:
            _calls.close_handle(token)

    def account_name(self) -> str:
        r"""Return the principal's name with its domain or machine: "MACHINE\user".

        For an account of a domain this asks the domain, which may take long. Raises `OSError` if
        the SID or its name is unknown. LookupAccountSidW function.
        """
        domain, name = security.account_name(self.to_memory())
        return f"{domain}\\{name}" if domain else name

    def to_memory(self) -> CData:
        """Return new memory with the SID in its binary form, for C. SID structure."""
        return security.memory_with(security.parse_sid(self.text))

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Sid({self.text!r})"
