"""Names of Unix domain sockets, and the types of name that make them."""

from __future__ import annotations

import os
import sys

from interprocess._interface.name import (
    GenericFilePathBase,
    GenericNamespacedBase,
    NameBase,
    NameType,
)
from interprocess.os.unix._files.beside import published
from interprocess.os.unix._unix_socket.address import (
    LONGEST_PATH,
    MAX_ADDRESS,
    displayed,
    has_way_for_long_paths,
    is_reachable,
)
from interprocess.os.unix._unix_socket.same_user import check_socket_file
from interprocess.os.unix.local_socket._special_directory import candidates, server_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._interface.name import NameLike


class Name(NameBase):
    """The name of a local socket: the address of a Unix domain socket.

    `address` is what stands in `sun_path`: a path, or, for an abstract name, a NUL and the name.
    `special` is the part of a path that the user gave, where the directory is the system's, and
    `elsewhere` the address that clients try next if there is nothing at the first.
    """

    __module__ = "interprocess.local_socket"

    __slots__ = ("address", "namespaced", "special", "elsewhere")

    address: bytes
    namespaced: bool
    special: bytes
    elsewhere: bytes

    def __init__(
        self,
        address: bytes,
        namespaced: bool = False,
        special: bytes = b"",
        elsewhere: bytes = b"",
    ) -> None:
        if not isinstance(address, bytes):
            raise TypeError(f"an address must be bytes, not {address!r}")
        check_address(address, is_special=bool(special))
        # As `Value.__init__` does, but fast: one is made for every connection.
        object.__setattr__(self, "address", address)
        object.__setattr__(self, "namespaced", namespaced)
        object.__setattr__(self, "special", special)
        object.__setattr__(self, "elsewhere", elsewhere)

    def is_abstract(self) -> bool:
        """Whether the name is no file at all: Linux's abstract namespace. unix(7)."""
        return self.address[:1] == b"\0"

    @classmethod
    def of_address(cls, address: bytes) -> Name:
        """Return the name for what getsockname(2) says.

        That of a socket file is the path at which the listener has made it ready, beside the path
        at which it then appeared, and may have a NUL at its end.
        """
        if address[:1] == b"\0":
            return cls(address, namespaced=True)
        return cls(published(address.rstrip(b"\0")))

    @classmethod
    def _namespaced(cls, value: str) -> Name:
        return GenericNamespaced.map(value)

    def as_text(self) -> str:
        path = os.fsdecode(self.address)
        if self.is_path():
            return path if os.sep in path else os.path.join(os.curdir, path)
        text = os.fsdecode(self.special or self.address[1:])
        if os.sep in text or "\0" in text or GenericNamespaced.map(text) != self:
            raise ValueError(f"no text that connect() takes means the name {str(self)!r}")
        return text

    as_text.__doc__ = NameBase.as_text.__doc__

    def __str__(self) -> str:
        return displayed(self.address)

    def __repr__(self) -> str:
        return f"<Name {str(self)!r}>"


def server_address(name: Name, current_user_only: bool | None) -> tuple[bytes, bool]:
    """Return the address to connect to, and whether its server has to be the same user's.

    Raises `PermissionError` for a socket file that shows already that it is not.
    """
    if current_user_only is None:
        current_user_only = name.namespaced
    address = name.address
    if name.special:
        address = server_path(address, name.elsewhere)
    if current_user_only and not name.is_abstract():
        check_socket_file(address)
    return address, current_user_only


def check_address(address: bytes, *, is_special: bool = False) -> None:
    """Refuse an address that the system would refuse, or would take for another one.

    A path may be longer than an address where the system has a way for that; not a special one, at
    which programs look that know of no such way.
    """
    if address in (b"", b"\0"):
        raise ValueError(f"a local socket's name must not be empty: {displayed(address)!r}")
    if len(address) > MAX_ADDRESS:
        is_abstract = address[:1] == b"\0"
        if is_special or is_abstract or not is_reachable(address):
            raise _too_long(address, 1 if is_abstract else 0, is_special or is_abstract)
    # In an abstract address, which others may have made, a NUL is a character like any other.
    if address[:1] != b"\0" and b"\0" in address:
        raise ValueError(
            f"a local socket's path must not contain NUL characters: {displayed(address)!r}"
        )


def _too_long(address: bytes, nuls: int, must_fit: bool) -> ValueError:
    limit, where = MAX_ADDRESS, f"fit into a Unix domain socket's address on {sys.platform}"
    if not must_fit and has_way_for_long_paths():
        limit, where = LONGEST_PATH, f"a path may have on {sys.platform}"
    return ValueError(
        f"the name {displayed(address)!r} is {len(address) - limit} byte(s) longer than the"
        f" {limit - nuls} bytes that {where}"
    )


def _encoded(value: NameLike) -> bytes:
    """Return VALUE as the bytes that the system wants. Raises `TypeError`, `ValueError`."""
    try:
        encoded = os.fsencode(value)
    except UnicodeEncodeError as error:
        raise ValueError(f"the name {value!r} cannot be encoded for this system: {error}") from None
    if not encoded:
        raise ValueError("a local socket's name must not be empty")
    if b"\0" in encoded:
        raise ValueError(f"a local socket's name must not contain NUL characters: {value!r}")
    return encoded


class FilesystemUdSocket(NameType):
    """A path to a socket file, unchanged. Relative paths are relative when they are used."""

    __module__ = "interprocess.os.unix.local_socket"

    @classmethod
    def is_supported(cls) -> bool:
        """Return `True`."""
        return True

    @classmethod
    def map(cls, value: NameLike) -> Name:
        """Return the name for a path of at most as many bytes as `sun_path` has.

        On Linux with /proc, of at most 4,095 bytes: the 108 of an address are not the limit there.
        """
        return Name(_encoded(value))


class SpecialDirUdSocket(NameType):
    """A name for a socket file in a directory that the system keeps for such files.

    The name NAME is `/run/user/UID/NAME` where the system has that directory for the user, and
    otherwise `/tmp/NAME`, where the Rust crate looks too. Android: `$TMPDIR` or `$TEMPDIR`, put in
    front as it is, or else `/data/local/tmp/NAME`. NAME may have directories in it: a listener
    makes those that are missing.

    Others can write to `/tmp`. So a listener refuses directories on the way that are not its user's
    or root's, and a client refuses a server of another user, unless `current_user_only=False`.
    """

    __module__ = "interprocess.os.unix.local_socket"

    @classmethod
    def is_supported(cls) -> bool:
        """Return `True`."""
        return True

    @classmethod
    def map(cls, value: NameLike) -> Name:
        """Return the name for the file VALUE in that directory, which it must not leave."""
        encoded = _encoded(value)
        *directories, file = encoded.split(b"/")
        if file in (b"", b".", b"..") or b".." in directories:
            raise ValueError(
                f"a name that is no path must end in a file's name and must not leave its"
                f" directory: {value!r}"
            )
        address, *others = candidates(encoded)
        return Name(address, True, encoded, others[0] if others else b"")


if sys.platform == "linux" or sys.platform == "android":

    class AbstractNsUdSocket(NameType):
        """A name in Linux's abstract namespace, unchanged. unix(7).

        It is no file, has no permissions, vanishes with its socket and is seen by every process in
        the same network namespace. So, unless `current_user_only=False`, a listener turns clients
        of other users away, and a client refuses a server of another user.
        """

        __module__ = "interprocess.os.unix.local_socket"

        @classmethod
        def is_supported(cls) -> bool:
            """Ask the system, which may be an imitation of Linux without abstract names."""
            from interprocess import capabilities

            return capabilities.available("abstract_ns_ud_socket")

        @classmethod
        def map(cls, value: NameLike) -> Name:
            """Return the name VALUE, of at most 107 bytes, in the abstract namespace.

            `bytes` may have NULs in them, which count: some programs fill their names up with them.
            """
            encoded = value if isinstance(value, bytes) else _encoded(value)
            return Name(b"\0" + encoded, namespaced=True)

    _Namespaced = AbstractNsUdSocket
else:
    _Namespaced = SpecialDirUdSocket


class GenericFilePath(GenericFilePathBase):
    __doc__ = GenericFilePathBase.__doc__

    __module__ = "interprocess.local_socket"

    @classmethod
    def map(cls, value: NameLike) -> Name:
        """Return the name for the path VALUE."""
        return FilesystemUdSocket.map(value)


class GenericNamespaced(GenericNamespacedBase):
    __doc__ = GenericNamespacedBase.__doc__

    __module__ = "interprocess.local_socket"

    @classmethod
    def is_supported(cls) -> bool:
        """Whether the running system has such names."""
        return _Namespaced.is_supported()

    @classmethod
    def map(cls, value: NameLike) -> Name:
        """Return the name for the string VALUE."""
        return _Namespaced.map(_encoded(value))  # Without NULs, which not every platform takes.
