"""Has portable tests run over memory: they find its classes where they look for plain ones."""

from __future__ import annotations

import sys

import pytest


@pytest.fixture(autouse=True)
def through_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    # Not above: pytest reads this file where the module does not exist, too.
    from interprocess.shared_memory import local_socket

    for module_name, module in list(sys.modules.items()):
        if module_name.startswith("tests.portable.") and ".asynchronous." not in module_name:
            for name in local_socket.__all__:
                if hasattr(module, name):
                    monkeypatch.setattr(module, name, getattr(local_socket, name))


@pytest.fixture(params=["memory", "socket"])
def path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The path of the bytes; over memory only where this system supports it."""
    from interprocess.shared_memory.local_socket import _memory

    if request.param == "socket":
        monkeypatch.setattr(_memory, "prepare", lambda: False)
    elif not _memory.prepare():
        pytest.skip("the bytes go over the socket here")
    return str(request.param)
