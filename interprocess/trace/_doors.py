"""The doors, places where the package calls C: install stand-ins there while a trace is active.

There are three kinds of doors:

- the libraries of `interprocess._bindings`, whose functions are attributes of one object each;
- Python modules that make the call themselves, such as `os`: every module of the package sees a
  copy of them, with stand-ins for the functions that make system calls. The rest of the program
  continues to use the real module;
- functions that return an object which makes calls later, such as the CPython socket of a stream.
  `_unix_doors` and `_windows_doors` handle them.

A package module that is imported during a trace gets its stand-ins right after its execution. Names
that it imports from other modules may already be stand-ins. So when the last trace ends, every
module is searched and all stand-ins are removed.
"""

from __future__ import annotations

import os
import sys
from _thread import RLock, get_ident
from types import ModuleType

from interprocess.trace import _recording
from interprocess.trace._stand_ins import PACKAGE, StandIns, modules

if sys.platform == "win32":
    from interprocess.trace import _windows_doors as platform_doors
else:
    from interprocess.trace import _unix_doors as platform_doors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class _AfterImport:
    """Installs the stand-ins in modules that are imported while a trace is active."""

    def __init__(self, executed: Callable[[ModuleType], None]) -> None:
        self._executed = executed
        #: Threads that are looking for a module, with the name of the module.
        self._looking: set[tuple[int, str]] = set()

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        key = (get_ident(), name)
        if not name.startswith(PACKAGE + ".") or key in self._looking:
            return None  # Another finder that asks all finders has called us again.
        self._looking.add(key)
        try:
            return self._find(name, path, target)
        finally:
            self._looking.discard(key)

    def _find(self, name: str, path: Any, target: Any) -> Any:
        for finder in sys.meta_path:
            find = None if isinstance(finder, _AfterImport) else getattr(finder, "find_spec", None)
            spec = find and find(name, path, target)
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _Loader(spec.loader, self._executed)
                return spec
        return None


class _Loader:
    """A loader that calls EXECUTED after it has executed the module."""

    def __init__(self, loader: Any, executed: Callable[[ModuleType], None]) -> None:
        self._loader = loader
        self._executed = executed

    def create_module(self, spec: Any) -> Any:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        loader = self._loader
        # The module keeps its own loader, which other code asks for source and data.
        module.__loader__ = loader
        if module.__spec__ is not None:
            module.__spec__.loader = loader
        loader.exec_module(module)
        self._executed(module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)


_lock = RLock()
_stand_ins: StandIns | None = None
_importing: _AfterImport | None = None
#: The thread that is currently installing or removing stand-ins.
_changed_by: int | None = None
#: The active lists of records, and the threads that started them; `None`: never ends.
_active: list[tuple[Any, int | None]] = []


def open_doors(records: Any, *, for_good: bool = False) -> None:
    """Start recording the package's calls into a list."""
    with _lock:
        _active.append((records, None if for_good else get_ident()))
        _recording.add_recording(records)
        if _stand_ins is None:
            _open()


def close_doors(records: Any) -> None:
    """Stop recording into a list; remove the stand-ins with the last list. Idempotent."""
    with _lock:
        _recording.remove_recording(records)
        _active[:] = [each for each in _active if each[0] is not records]
        if not _active:
            _close()


def _open() -> None:
    global _stand_ins, _importing, _changed_by
    _changed_by = get_ident()
    _stand_ins = StandIns()
    _importing = _AfterImport(_was_imported)
    sys.meta_path.insert(0, _importing)
    platform_doors.open_modules(_stand_ins)
    for name in [*sys.modules]:
        if name.startswith(PACKAGE):
            platform_doors.open_module(name, sys.modules[name], _stand_ins)
    for module in modules():
        _stand_ins.put_into(module)
    _changed_by = None


def _close() -> None:
    global _stand_ins, _importing, _changed_by
    _changed_by = get_ident()
    stand_ins, importing = _stand_ins, _importing
    if importing in sys.meta_path:
        sys.meta_path.remove(importing)
    if stand_ins is not None:
        try:
            stand_ins.remove()
        except BaseException:  # Raised by a signal handler.
            stand_ins.remove()
            raise
        finally:
            _stand_ins = _importing = _changed_by = None
    _changed_by = None


def _was_imported(module: ModuleType) -> None:
    with _lock:
        if _stand_ins is None:
            return
        platform_doors.open_module(module.__name__, module, _stand_ins)
        # All modules: they may have imported the new module's functions by name before.
        for each in modules():
            _stand_ins.put_into(each)


def _forked_in_child() -> None:
    """Continue the traces of the forking thread; end those of threads that no longer exist."""
    global _lock
    _lock = RLock()  # Another thread of the parent may have held it.
    is_half_done = _changed_by not in (None, get_ident())
    for records, thread in [*_active]:
        if thread not in (None, get_ident()):
            _recording.remove_recording(records)
            _active[:] = [each for each in _active if each[0] is not records]
    if is_half_done or not _active:
        _close()
        if _active:
            _open()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked_in_child)
