"""Public classes say that they are in a public module, from which they can be imported."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType

import interprocess
from interprocess.errors import UnsupportedError


def public_modules() -> Iterator[ModuleType]:
    """Import every public module that exists on this system and whose runtime is installed."""
    found = pkgutil.walk_packages(interprocess.__path__, "interprocess.", onerror=lambda name: None)
    for name in ["interprocess", *(module.name for module in found)]:
        if any(part.startswith("_") for part in name.split(".")):
            continue
        try:
            yield importlib.import_module(name)
        except ImportError:
            continue  # Another system's, or a runtime's that is not installed.


def public_classes() -> Iterator[tuple[ModuleType, str, type]]:
    """Return each class that is named in a public module's `__all__`."""
    for module in public_modules():
        for name in getattr(module, "__all__", ()):
            value = getattr(module, name)
            if isinstance(value, type) and value.__module__.startswith("interprocess"):
                yield module, name, value


def test_public_classes_are_where_they_say() -> None:
    classes = list(public_classes())
    assert UnsupportedError in {value for _, _, value in classes}
    for module, name, value in classes:
        place = f"{value.__module__}.{value.__qualname__}"
        assert "._" not in place, f"{name} of {module.__name__} says that it is {place}"
        assert getattr(importlib.import_module(value.__module__), value.__qualname__) is value
