"""Has portable tests run over memory: they find its classes where they look for plain ones."""

from __future__ import annotations

import sys

import pytest


@pytest.fixture(autouse=True)
def through_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    # Not above: pytest reads this file where the module does not exist, too.
    from interprocess.shared_memory import local_socket

    for module_name, module in list(sys.modules.items()):
        portable = module_name.startswith("tests.portable.")
        if portable and not module_name.startswith("tests.portable.asynchronous."):
            for name in local_socket.__all__:
                if hasattr(module, name):
                    monkeypatch.setattr(module, name, getattr(local_socket, name))
