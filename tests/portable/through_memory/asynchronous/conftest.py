"""Has portable tests of asynchronous streams run over memory: worlds have its modules."""

from __future__ import annotations

import importlib
import sys

import pytest

from tests.portable.asynchronous import fixtures
from tests.portable.asynchronous.fixtures import any_world, warm_runtimes, world
from tests.portable.asynchronous.worlds import World

__all__ = ["any_world", "warm_runtimes", "world"]


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
    trios = sys.modules.get("tests.portable.asynchronous.test_trio")
    if trios is not None:
        through_memory = importlib.import_module("interprocess.shared_memory.local_socket.trio")
        for name in through_memory.__all__:
            monkeypatch.setattr(trios, name, getattr(through_memory, name), raising=False)
