"""The C functions with which a server takes on a client's rights, as `_calls` has others."""

from __future__ import annotations

from interprocess._bindings.advapi32 import advapi32
from interprocess.os.windows._calls import system_error


def impersonate_named_pipe_client(handle: int) -> None:
    """Give this thread the rights of a pipe's client. ImpersonateNamedPipeClient function."""
    if not advapi32.ImpersonateNamedPipeClient(handle):
        raise system_error("ImpersonateNamedPipeClient")


def revert_to_self() -> None:
    """Give this thread its own rights back. RevertToSelf function."""
    if not advapi32.RevertToSelf():
        raise system_error("RevertToSelf")
