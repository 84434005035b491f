"""Makes this process one of another system: what Python itself would say and offer there."""

from __future__ import annotations

import _socket
import fcntl
import importlib
import os
import posix
import select
import stat
import sys
from typing import Any

from tests.kernels import shared_memory
from tests.kernels.kernel import Behaviour, Kernel
from tests.kernels.signals import put_handlers_off, uninterrupted

#: The variable with the name of the system that children are to be of too.
VARIABLE = "INTERPROCESS_IMITATED_KERNEL"

_PROC = "/proc/self/fd"


def become(name: str) -> None:
    """Become a process of the system that `systems/NAME.py` describes."""
    kernel: Kernel = importlib.import_module(f"tests.kernels.systems.{name}").KERNEL
    # What Python was compiled with is still in the file for Linux.
    multiarch = getattr(sys.implementation, "_multiarch", "")
    os.environ["_PYTHON_SYSCONFIGDATA_NAME"] = f"_sysconfigdata_{sys.abiflags}_linux_{multiarch}"
    sys.platform = kernel.platform
    put_handlers_off()
    for missing in kernel.missing:
        for constant in missing.names:
            for module in (_socket, os, posix, fcntl, select):
                if hasattr(module, constant):
                    delattr(module, constant)
    if kernel.has(Behaviour.NO_PROC):
        for function in ("open", "stat", "lstat", "chmod", "listdir", "readlink"):
            _replace(function, _without_proc(getattr(os, function)))
    if kernel.has(Behaviour.NOFOLLOW_HAS_AN_ERROR):
        error = kernel.value(Behaviour.NOFOLLOW_HAS_AN_ERROR)
        _replace("open", _refusing_links(os.open, error))
    if kernel.has(Behaviour.CHMOD_LEAVES_LINKS_ALONE):
        _replace("chmod", _chmod_of_links(os.chmod, os.open, os.close), "supports_follow_symlinks")
    if kernel.has(Behaviour.FIFO_FILES_COUNT_BYTES):
        from tests.kernels import fifo

        select.epoll = fifo.Epoll  # type: ignore[assignment, misc]  # stands in
    if kernel.has(Behaviour.SHARED_MEMORY_IS_NO_FILE):
        _replace("fstat", shared_memory.fstat_without_a_kind)
        _replace("ftruncate", shared_memory.ftruncate_once)
    sys.meta_path.insert(0, _AfterImport(kernel))


def _replace(name: str, function: Any, *further: str) -> None:
    old = getattr(os, name)
    new = uninterrupted(function, _opens_a_fifo if name == "open" else None)
    for each in ("supports_dir_fd", "supports_fd", "supports_follow_symlinks"):
        supported = getattr(os, each)
        if old in supported or each in further:
            supported.add(new)
    setattr(os, name, new)


def _opens_a_fifo(path: Any, flags: int, *_: Any, **__: Any) -> bool:
    try:
        return not flags & os.O_NONBLOCK and stat.S_ISFIFO(posix.stat(path).st_mode)
    except (OSError, TypeError, ValueError):
        return False


def _without_proc(function: Any) -> Any:
    def call(path: Any = ".", *arguments: Any, **options: Any) -> Any:
        if isinstance(path, (str, bytes)) and os.fsdecode(path).startswith(_PROC):
            raise FileNotFoundError(2, os.strerror(2), path)
        return function(path, *arguments, **options)

    return call


def _refusing_links(open_: Any, number: int) -> Any:
    def call(path: Any, flags: int, *arguments: Any, **options: Any) -> Any:
        if flags & os.O_NOFOLLOW and not options and os.path.islink(path):
            raise OSError(number, os.strerror(number), path)
        return open_(path, flags, *arguments, **options)

    return call


def _chmod_of_links(chmod: Any, open_: Any, close: Any) -> Any:
    real_chmod = posix.chmod

    def call(path: Any, mode: int, *, follow_symlinks: bool = True, **options: Any) -> None:
        if follow_symlinks or not os.path.lexists(path):
            chmod(path, mode, **options)
        elif not os.path.islink(path):
            o_path = 0x200000
            number = open_(path, o_path | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                real_chmod(f"/proc/self/fd/{number}", mode)
            finally:
                close(number)

    return call


class _AfterImport:
    """Puts the imitated library into the generated module, when that is imported.

    CPython's own socket type would make Linux's calls beside it, so it is not used for the busiest
    calls. And trio, which asks for kqueue elsewhere, is the trio of Linux.
    """

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        wrap = self._wrapper(name)
        if wrap is None:
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(name, path, target)
            if spec is not None:
                loader: Any = spec.loader
                loader.exec_module = wrap(loader.exec_module)
                return spec
        return None

    def _wrapper(self, name: str) -> Any:
        if name == f"interprocess._bindings.{self._kernel.bindings}":
            return self._with_imitated_library
        if name.startswith("interprocess.os.unix."):
            return _without_fast_sockets
        return _as_on_linux if name.split(".")[0] == "trio" else None

    def _with_imitated_library(self, execute: Any) -> Any:
        def exec_module(module: Any) -> None:
            execute(module)
            from tests.kernels.library import ImitatedLibrary

            module.library = ImitatedLibrary(module.library, self._kernel)

        return exec_module


def _without_fast_sockets(execute: Any) -> Any:
    def exec_module(module: Any) -> None:
        execute(module)
        if "HAS_FAST_SOCKETS" in vars(module):
            module.HAS_FAST_SOCKETS = False

    return exec_module


def _as_on_linux(execute: Any) -> Any:
    def exec_module(module: Any) -> None:
        platform, sys.platform = sys.platform, "linux"
        try:
            execute(module)
        finally:
            sys.platform = platform

    return exec_module
