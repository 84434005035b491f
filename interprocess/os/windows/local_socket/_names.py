"""Names of local sockets on Windows, and the name types that create them."""

from __future__ import annotations

from interprocess._interface.name import (
    GenericFilePathBase,
    GenericNamespacedBase,
    NameBase,
    NameType,
)
from interprocess.os.windows._pipe.path import LOCAL_PREFIX, checked_pipe_path, local_pipe_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._interface.name import NameLike


class Name(NameBase):
    """The name of a local socket: the path of a named pipe, in `path`."""

    __module__ = "interprocess.local_socket"

    __slots__ = ("path", "namespaced")

    path: str
    namespaced: bool

    def __init__(self, path: str, namespaced: bool = False) -> None:
        if not isinstance(path, str):
            raise TypeError(f"a pipe's path must be a string, not {path!r}")
        super().__init__(path=checked_pipe_path(path), namespaced=namespaced)

    @classmethod
    def _namespaced(cls, value: str) -> Name:
        return GenericNamespaced.map(value)

    def as_text(self) -> str:
        name = self.path[len(LOCAL_PREFIX) :]
        return self.path if self.is_path() or "\\" in name else name

    as_text.__doc__ = NameBase.as_text.__doc__

    def __str__(self) -> str:
        return self.path

    def __repr__(self) -> str:
        return f"<Name {self.path!r}>"


class NamedPipe(NameType):
    r"""The path of a named pipe: `\\HOST\pipe\NAME`, of at most 256 characters.

    `.` is this machine. Clients may name another machine; a listener may not.
    """

    __module__ = "interprocess.os.windows.local_socket"

    @classmethod
    def is_supported(cls) -> bool:
        """Return `True`."""
        return True

    @classmethod
    def map(cls, value: NameLike) -> Name:
        """Return the name for the path VALUE."""
        return Name(checked_pipe_path(value))


class GenericFilePath(GenericFilePathBase):
    __doc__ = GenericFilePathBase.__doc__

    __module__ = "interprocess.local_socket"

    @classmethod
    def map(cls, value: NameLike) -> Name:
        """Return the name for the path VALUE."""
        return NamedPipe.map(value)


class GenericNamespaced(GenericNamespacedBase):
    __doc__ = GenericNamespacedBase.__doc__

    __module__ = "interprocess.local_socket"

    @classmethod
    def map(cls, value: NameLike) -> Name:
        """Return the name for the string VALUE."""
        return Name(local_pipe_path(value), namespaced=True)
