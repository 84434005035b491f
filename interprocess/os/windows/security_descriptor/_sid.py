"""Who may: security identifiers."""

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
    """A user, a group or another party that rights are given to: a security identifier.

    `text` is its standard form, such as "S-1-5-18"; the two letters of SDDL are understood as well:
    `Sid("SY")` is the same one. SIDs are equal if they name the same party.

    Raises `TypeError` for what is no `str`, and `ValueError` for text that names no SID.
    Security Identifiers; ConvertStringSidToSidW function.
    """

    __module__ = "interprocess.os.windows.security_descriptor"

    __slots__ = ("text",)

    text: str

    def __init__(self, text: str) -> None:
        if not isinstance(text, str):
            raise TypeError(f"a SID is made from str, not {type(text).__name__}")
        # C would read as far as the NUL and take that for the whole.
        if not text or "\0" in text:
            raise ValueError(f"{text!r} is not a SID: it is empty or has a NUL")
        try:
            binary = security.parse_sid(text)
        except OSError as error:
            raise ValueError(f"{text!r} is not a SID: {error.strerror}") from error
        super().__init__(text=security.format_sid(security.memory_with(binary)))

    @classmethod
    def current_user(cls) -> Sid:
        """Return the user that this process runs as, also while a thread impersonates another.

        OpenProcessToken function, GetTokenInformation function.
        """
        return cls._of_token(security.open_process_token(kernel32.GetCurrentProcess()))

    @classmethod
    def impersonated_user(cls) -> Sid:
        """Return the user that this thread impersonates, as within `impersonate_client`.

        That is certain, also if the client allows no more than to be identified. Raises `OSError`
        if the thread impersonates nobody. OpenThreadToken function, GetTokenInformation function.
        """
        return cls._of_token(security.open_thread_token())

    @classmethod
    def of_process(cls, pid: int) -> Sid:
        """Return the user that a process runs as.

        Raises `PermissionError` if we may not ask, and `OSError` if there is no such process.
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
        r"""Return the name of the party, with that of its domain or machine: "MACHINE\user".

        For an account of a domain this asks the domain, which may take long. Raises `OSError` if
        nobody knows the SID, or a name for it. LookupAccountSidW function.
        """
        domain, name = security.account_name(self.to_memory())
        return f"{domain}\\{name}" if domain else name

    def to_memory(self) -> CData:
        """Return fresh memory with the SID in its binary form, for C. SID structure."""
        return security.memory_with(security.parse_sid(self.text))

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Sid({self.text!r})"
