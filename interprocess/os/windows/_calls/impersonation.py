"""The C functions by which a server impersonates a client, as in `_calls`."""

from __future__ import annotations

from interprocess._bindings.advapi32 import advapi32
from interprocess.os.windows._calls import system_error


def impersonate_named_pipe_client(handle: int) -> None:
    """Let this thread impersonate a pipe's client. ImpersonateNamedPipeClient function."""
    if not advapi32.ImpersonateNamedPipeClient(handle):
        raise system_error("ImpersonateNamedPipeClient")


def revert_to_self() -> None:
    """End the impersonation of this thread. RevertToSelf function."""
    if not advapi32.RevertToSelf():
        raise system_error("RevertToSelf")
