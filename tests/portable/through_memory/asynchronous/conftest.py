"""Has portable tests of asynchronous streams run over memory: worlds have its modules."""

from __future__ import annotations

import importlib
import sys

import pytest

from tests.portable.asynchronous import fixtures
from tests.portable.asynchronous.fixtures import any_world, warm_runtimes, world
from tests.portable.asynchronous.worlds import World

__all__ = ["any_world", "warm_runtimes", "world"]

#: The modules of tests for one runtime only.
RUNTIMES = {"test_trio": "trio", "test_anyio": "anyio", "test_anyio_messages": "anyio"}


@pytest.fixture(autouse=True)
def modules_through_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    from interprocess.shared_memory import local_socket

    new_world = fixtures._new_world

    def new_world_through_memory(name: str) -> World:
        world = new_world(name)
        if name != "sync":
            world.local = importlib.import_module(
                f"interprocess.shared_memory.local_socket.{world.modules}"
            )
        return world

    monkeypatch.setattr(fixtures, "_new_world", new_world_through_memory)
    for module_name, module in list(sys.modules.items()):
        if module_name.startswith("tests.portable.asynchronous."):
            for name in ("pair", "listen", "connect"):
                if hasattr(module, f"sync_{name}"):
                    monkeypatch.setattr(module, f"sync_{name}", getattr(local_socket, name))
    for module_name, runtime in RUNTIMES.items():
        module_of_tests = sys.modules.get(f"tests.portable.asynchronous.{module_name}")
        if module_of_tests is not None:
            through_memory = importlib.import_module(f"{local_socket.__name__}.{runtime}")
            for name in through_memory.__all__:
                monkeypatch.setattr(
                    module_of_tests, name, getattr(through_memory, name), raising=False
                )
