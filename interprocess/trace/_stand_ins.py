"""What stands in for functions and modules while a trace is active, and taking it away again."""

from __future__ import annotations

import sys
from types import ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

PACKAGE = __name__.partition(".")[0]
#: What does not call C for the package: this, and the programs of the command line.
_APART = (f"{PACKAGE}.trace", f"{PACKAGE}._bindings", f"{PACKAGE}._command_line")


class StandIns:
    """What stands where while a trace is active, and how to undo it."""

    def __init__(self) -> None:
        #: By the `id` of the real object: that object and what stands in for it in modules.
        self._by_real: dict[int, tuple[object, object]] = {}
        #: The same by the `id` of what stands in.
        self._by_stand_in: dict[int, tuple[object, object]] = {}
        #: Each module or object with an attribute that was set: what it was, if it was there.
        self._undo: list[Callable[[], object]] = []

    def everywhere(self, real: object, stand_in: object) -> None:
        """Have the modules of the package see STAND_IN for REAL."""
        self._by_real[id(real)] = real, stand_in
        self._by_stand_in[id(stand_in)] = real, stand_in

    def attribute(self, owner: Any, name: str, stand_in: object) -> None:
        """Have an attribute of a class or an object be STAND_IN, until the end."""
        if name in vars(owner):
            before = vars(owner)[name]
            self._undo.append(lambda: setattr(owner, name, before))
        else:
            self._undo.append(lambda: delattr(owner, name))
        setattr(owner, name, stand_in)

    def at_the_end(self, function: Callable[[], object]) -> None:
        """Call FUNCTION when the stand-ins go."""
        self._undo.append(function)

    def put_into(self, module: ModuleType) -> None:
        """Put stand-ins into one module of the package."""
        for name, value in list(vars(module).items()):
            pair = self._by_real.get(id(value))
            if pair is not None and pair[0] is value:
                setattr(module, name, pair[1])

    def remove(self) -> None:
        """Take all away."""
        for module in modules():
            for name, value in list(vars(module).items()):
                pair = self._by_stand_in.get(id(value))
                if pair is not None and pair[1] is value:
                    setattr(module, name, pair[0])
        while self._undo:
            self._undo.pop()()


def modules() -> Iterator[ModuleType]:
    """Find the modules of the package that have been imported and may call C."""
    for name, module in list(sys.modules.items()):
        if _calls_c(name) and isinstance(module, ModuleType):
            yield module


def _calls_c(name: str) -> bool:
    is_ours = name == PACKAGE or name.startswith(PACKAGE + ".")
    return is_ours and not name.startswith(_APART)


class ModuleStandIn(ModuleType):
    """A copy of a module, with other functions in some places."""

    def __init__(self, real: ModuleType, functions: dict[str, Any]) -> None:
        super().__init__(real.__name__, real.__doc__)
        vars(self).update({**vars(real), **functions})
        for name in ("supports_dir_fd", "supports_fd", "supports_follow_symlinks"):
            supported = getattr(real, name, None)
            if supported is not None:
                added = {f for n, f in functions.items() if getattr(real, n) in supported}
                setattr(self, name, supported | added)
