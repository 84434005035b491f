"""Install stand-ins for functions and modules while a trace is active, and remove them."""

from __future__ import annotations

import sys
from types import ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from interprocess._bindings._types import FFI

PACKAGE = __name__.partition(".")[0]
#: The subpackages that need no stand-ins: tracing, the bindings, and the command line.
_APART = (f"{PACKAGE}.trace", f"{PACKAGE}._bindings", f"{PACKAGE}._command_line")


class StandIns:
    """The installed stand-ins, and the functions that remove them.

    A signal handler may raise at any point in these methods. So each change is noted before it is
    made. Undoing a change that was not made, or was already undone, does nothing.
    """

    def __init__(self) -> None:
        #: The real object and its stand-in, by the `id` of the real object.
        self._by_real: dict[int, tuple[object, object]] = {}
        #: The same pairs, by the `id` of the stand-in.
        self._by_stand_in: dict[int, tuple[object, object]] = {}
        self._undo: list[Callable[[], object]] = []

    def everywhere(self, real: object, stand_in: object) -> None:
        """Replace REAL with STAND_IN in the modules of the package."""
        self._by_real[id(real)] = real, stand_in
        self._by_stand_in[id(stand_in)] = real, stand_in

    def module(self, real: ModuleType, functions: dict[str, Any]) -> ModuleType:
        """Replace a Python module in the package with a copy that contains FUNCTIONS."""
        stand_in = ModuleStandIn(real, functions)
        self.everywhere(real, stand_in)
        for name, function in functions.items():
            self.everywhere(getattr(real, name), function)
        return stand_in

    def attribute(self, owner: type, name: str, stand_in: object) -> None:
        """Replace an attribute of the class OWNER with STAND_IN."""
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
        """Replace those of the named functions that LIBRARY has with STAND_IN_FOR's results."""
        attributes = vars(library)
        before, names = dict(attributes), [*names]

        def undo() -> None:
            for name in names:
                if name in before:
                    attributes[name] = before[name]
                else:  # cffi has cached it because of our lookup.
                    attributes.pop(name, None)

        self._undo.append(undo)
        for name in names:
            try:
                real = getattr(library, name)
            except (AttributeError, ffi.error):
                continue  # It belongs to another library or another system.
            attributes[name] = stand_in_for(real, name)

    def at_the_end(self, function: Callable[[], object]) -> None:
        """Call FUNCTION, perhaps more than once, when the stand-ins are removed."""
        self._undo.append(function)

    def put_into(self, module: ModuleType) -> None:
        """Install stand-ins in one module of the package."""
        _exchange(module, self._by_real)

    def remove(self) -> None:
        """Remove all stand-ins."""
        for module in modules():
            _exchange(module, self._by_stand_in, back=True)
        while self._undo:
            self._undo[-1]()
            del self._undo[-1]


def _exchange(
    module: ModuleType, pairs: dict[int, tuple[object, object]], *, back: bool = False
) -> None:
    """Replace the real objects in a module with their stand-ins; if BACK, the reverse."""
    for name, value in list(vars(module).items()):
        pair = pairs.get(id(value))
        if pair is not None and pair[back] is value:
            setattr(module, name, pair[not back])


def modules() -> Iterator[ModuleType]:
    """Yield the imported modules of the package that may call C."""
    for name, module in list(sys.modules.items()):
        if _calls_c(name) and isinstance(module, ModuleType):
            yield module


def _calls_c(name: str) -> bool:
    is_ours = name == PACKAGE or name.startswith(PACKAGE + ".")
    return is_ours and not name.startswith(_APART)


class ModuleStandIn(ModuleType):
    """A copy of a module in which some functions are replaced."""

    def __init__(self, real: ModuleType, functions: dict[str, Any]) -> None:
        super().__init__(real.__name__, real.__doc__)
        vars(self).update({**vars(real), **functions})
        for name in ("supports_dir_fd", "supports_fd", "supports_follow_symlinks"):
            supported = getattr(real, name, None)
            if supported is not None:
                added = {f for n, f in functions.items() if getattr(real, n) in supported}
                setattr(self, name, supported | added)
