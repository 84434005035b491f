"""What stands in for functions and modules while a trace is active, and taking it away again."""

from __future__ import annotations

import sys
from types import ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from interprocess._bindings._types import FFI

PACKAGE = __name__.partition(".")[0]
#: What does not call C for the package: this, and the programs of the command line.
_APART = (f"{PACKAGE}.trace", f"{PACKAGE}._bindings", f"{PACKAGE}._command_line")


class StandIns:
    """What stands where while a trace is active, and how to undo it.

    A signal handler may raise in the midst of anything here. So everything is noted before it is
    done, and undoing what was not done, or was undone already, does nothing.
    """

    def __init__(self) -> None:
        #: By the `id` of the real object: that object and what stands in for it in modules.
        self._by_real: dict[int, tuple[object, object]] = {}
        #: The same by the `id` of what stands in.
        self._by_stand_in: dict[int, tuple[object, object]] = {}
        self._undo: list[Callable[[], object]] = []

    def everywhere(self, real: object, stand_in: object) -> None:
        """Have the modules of the package see STAND_IN for REAL."""
        self._by_real[id(real)] = real, stand_in
        self._by_stand_in[id(stand_in)] = real, stand_in

    def module(self, real: ModuleType, functions: dict[str, Any]) -> ModuleType:
        """Have the modules of the package see a copy of one of Python's, with FUNCTIONS in it."""
        stand_in = ModuleStandIn(real, functions)
        self.everywhere(real, stand_in)
        for name, function in functions.items():
            self.everywhere(getattr(real, name), function)
        return stand_in

    def attribute(self, owner: type, name: str, stand_in: object) -> None:
        """Have an attribute that a class has be STAND_IN, until the end."""
        before = vars(owner)[name]
        self._undo.append(lambda: setattr(owner, name, before))
        setattr(owner, name, stand_in)

    def functions(
        self,
        library: Any,
        ffi: FFI,
        names: Iterable[str],
        stand_in_for: Callable[[Any, str], object],
    ) -> None:
        """Have those functions that a library has be what STAND_IN_FOR makes of them."""
        attributes = vars(library)
        before, names = dict(attributes), [*names]

        def undo() -> None:
            for name in names:
                if name in before:
                    attributes[name] = before[name]
                else:  # It was looked up for us.
                    attributes.pop(name, None)

        self._undo.append(undo)
        for name in names:
            try:
                real = getattr(library, name)
            except (AttributeError, ffi.error):
                continue  # Another library's, or another system's.
            attributes[name] = stand_in_for(real, name)

    def at_the_end(self, function: Callable[[], object]) -> None:
        """Call FUNCTION when the stand-ins go, once or more often."""
        self._undo.append(function)

    def put_into(self, module: ModuleType) -> None:
        """Put stand-ins into one module of the package."""
        _exchange(module, self._by_real)

    def remove(self) -> None:
        """Take all away."""
        for module in modules():
            _exchange(module, self._by_stand_in, back=True)
        while self._undo:
            self._undo[-1]()
            del self._undo[-1]


def _exchange(
    module: ModuleType, pairs: dict[int, tuple[object, object]], *, back: bool = False
) -> None:
    """Put one of each pair for the other into the names of a module."""
    for name, value in list(vars(module).items()):
        pair = pairs.get(id(value))
        if pair is not None and pair[back] is value:
            setattr(module, name, pair[not back])


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
