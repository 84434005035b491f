"""Names of local sockets, and the name types that create them."""

from __future__ import annotations

import os

from interprocess._interface.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar, Union

    NameLike = Union[str, bytes, os.PathLike[str], os.PathLike[bytes]]
    NameClass = TypeVar("NameClass", bound="NameBase")


def is_path(value: NameLike) -> bool:
    """Return true if `listen` and `connect` take VALUE, which is not a `Name`, as a path.

    A `PathLike` is one, and so is a string that contains a separator.
    """
    if isinstance(value, os.PathLike):
        return True
    if not isinstance(value, (str, bytes)):
        raise TypeError(f"a name must be a Name, a path or a string, not {value!r}")
    text = os.fsdecode(value)
    return os.sep in text or (os.altsep is not None and os.altsep in text)


class NameBase(Value):
    """The name of a local socket, in the system's form.

    `to_fs_name` and `to_ns_name` create and check it: every `Name` is one that the system accepts.
    Names are values: comparable and hashable. They can be sent to another process, pickled or as
    the text that `as_text` returns.
    """

    __slots__ = ()

    namespaced: bool

    def is_path(self) -> bool:
        """True if the name is a path that the user gave."""
        return not self.namespaced

    def is_namespaced(self) -> bool:
        r"""True if the name is in a namespace of its own, apart from ordinary files.

        Unix: an abstract name, or a file in the directory for names that are not paths. Windows:
        NAME of `\\.\pipe\NAME`.
        """
        return self.namespaced

    def as_text(self) -> str:
        """Return the string that `to_name`, `connect` and `listen` take for this name.

        Use it as an argument of a program or a line in a file, on every platform. `str(name)` is
        for people to read: `connect` may take it for another name.

        Raises `ValueError` for the few names that no such string denotes: on Linux, an abstract
        name with a slash or a NUL in it, and one of `SpecialDirUdSocket`; on other Unix, one of
        `SpecialDirUdSocket` with a slash in it. These can be pickled.
        """
        raise NotImplementedError

    @classmethod
    def unique(cls: type[NameClass], prefix: str = "interprocess") -> NameClass:
        """Return an unused namespaced name: PREFIX, the process id and a random part.

        Raises `ValueError` where the prefix makes the name too long.
        """
        # Read here, not on import: a forked child has another process id.
        return cls._namespaced(f"{prefix}-{os.getpid()}-{os.urandom(8).hex()}")

    @classmethod
    def _namespaced(cls: type[NameClass], value: str) -> NameClass:
        raise NotImplementedError


class NameType:
    """A way to make a `Name` from a string. Name types are classes and are never instantiated."""

    __module__ = "interprocess.local_socket"

    def __new__(cls) -> NameType:
        """Refuse: a name type is used as it is."""
        raise TypeError(
            f"{cls.__name__} is a name type: pass the class itself to to_fs_name/to_ns_name"
        )

    @classmethod
    def is_supported(cls) -> bool:
        """Return true if the running system has names of this type, asking it where necessary."""
        raise NotImplementedError

    @classmethod
    def map(cls, value: NameLike) -> NameBase:
        """Return the name for VALUE, or raise `TypeError` or `ValueError`."""
        raise NotImplementedError


class GenericFilePathBase(NameType):
    r"""The name type that maps a path to the platform's local sockets with paths.

    Unix: the path of a socket file, unchanged. Windows: only `\\HOST\pipe\NAME`, the path of a
    pipe.
    """

    @classmethod
    def is_supported(cls) -> bool:
        """Return `True`: there are paths everywhere."""
        return True


class GenericNamespacedBase(NameType):
    r"""The name type that maps a string to a name apart from ordinary files.

    Linux, Android: an abstract name, unchanged. Other Unix: the file `/run/user/UID/NAME`, or
    `/tmp/NAME` where there is no such directory. Windows: the pipe `\\.\pipe\NAME`.
    """

    @classmethod
    def is_supported(cls) -> bool:
        """Return true if the running system has such names."""
        return True
