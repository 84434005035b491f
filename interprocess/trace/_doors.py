"""Where the package calls C, and putting stand-ins there while a trace is active.

There are three kinds of doors:

- the libraries of `interprocess._bindings`, whose functions are attributes of one object each;
- modules of Python's that make the call themselves, such as `os`: every module of the package sees
  a copy of them, in which functions that make system calls are stood in for. The rest of the
  program goes on with the real one;
- functions that hand calls out before they are made, such as that which gives a stream CPython's
  own socket. `_unix_doors` and `_windows_doors` know them.

A module of the package that is imported while a trace is active gets the stand-ins right after it
has been executed. What it imports from others by name may be a stand-in itself; so when the last
trace ends, every module is looked through, and no stand-in stays.
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
    """Puts the stand-ins into modules that are imported while a trace is active."""

    def __init__(self, executed: Callable[[ModuleType], None]) -> None:
        self._executed = executed
        #: The threads that look for a module, and its name.
        self._looking: set[tuple[int, str]] = set()

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        key = (get_ident(), name)
        if not name.startswith(PACKAGE + ".") or key in self._looking:
            return None  # Or another one that asks all others has come back to us.
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
    """A loader that tells of the module when it has been executed."""

    def __init__(self, loader: Any, executed: Callable[[ModuleType], None]) -> None:
        self._loader = loader
        self._executed = executed

    def create_module(self, spec: Any) -> Any:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        loader = self._loader
        # The module keeps its own loader, which others ask for its source and its data.
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
#: The thread that is just putting stand-ins somewhere, or taking them away.
_changed_by: int | None = None
#: The lists that are recorded into, and the threads that have begun that; `None` is for good.
_active: list[tuple[Any, int | None]] = []


def open_doors(records: Any, *, for_good: bool = False) -> None:
    """Record the package's calls from now on into a list."""
    with _lock:
        _active.append((records, None if for_good else get_ident()))
        _recording.add_recording(records)
        if _stand_ins is None:
            _open()


def close_doors(records: Any) -> None:
    """Record no more into a list; take everything away with the last one. Again: do nothing."""
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
        except BaseException:  # What a signal handler has raised.
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
        # All of them: what was stood in for just now may have been imported by name before.
        for each in modules():
            _stand_ins.put_into(each)


def _forked_in_child() -> None:
    """Go on with the traces of the thread that forked: nobody else is there to end theirs."""
    global _lock
    _lock = RLock()  # Another thread of the parent may have had it.
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
