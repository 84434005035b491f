"""Names of Unix domain sockets, and the name types that create them."""

from __future__ import annotations

import os
import sys

from interprocess._interface.name import (
    GenericFilePathBase,
    GenericNamespacedBase,
    NameBase,
    NameType,
)
from interprocess.os.unix._unix_socket.address import (
    LONGEST_PATH,
    MAX_ADDRESS,
    displayed,
    has_way_for_long_paths,
    is_reachable,
)
from interprocess.os.unix._unix_socket.published import published
from interprocess.os.unix._unix_socket.same_user import check_socket_file
from interprocess.os.unix.local_socket._special_directory import candidates, server_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._interface.name import NameLike


class Name(NameBase):
    """The name of a local socket: the address of a Unix domain socket.

    `address` is the content of `sun_path`: a path, or, for an abstract name, a NUL and the name. If
    the system chose the directory, `special` is the part of the path that the user gave, and
    `elsewhere` is the address that clients try next if the first does not exist.
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
        # As `Value.__init__`, but fast: every connection makes a name.
        object.__setattr__(self, "address", address)
        object.__setattr__(self, "namespaced", namespaced)
        object.__setattr__(self, "special", special)
        object.__setattr__(self, "elsewhere", elsewhere)

    def is_abstract(self) -> bool:
        """True if the name is in Linux's abstract namespace, without a file. unix(7)."""
        return self.address[:1] == b"\0"

    @classmethod
    def of_address(cls, address: bytes) -> Name:
        """Return the name for an address from getsockname(2).

        For a socket file, that address is the temporary path at which the listener prepared it,
        beside its final path, and may end in a NUL.
        """
        if address[:1] == b"\0":
            return cls(address, namespaced=True)
        return cls(published(address))

    @classmethod
    def _namespaced(cls, value: str) -> Name:
        return GenericNamespaced.map(value)

    def as_text(self) -> str:
        path = os.fsdecode(self.address)
        if self.is_path():
            return path if os.sep in path else os.path.join(os.curdir, path)
        text = os.fsdecode(self.special or self.address[1:])
        if os.sep in text or "\0" in text or GenericNamespaced.map(text) != self:
            raise ValueError(f"connect() accepts no text that means the name {str(self)!r}")
        return text

    as_text.__doc__ = NameBase.as_text.__doc__

    def __str__(self) -> str:
        return displayed(self.address)

    def __repr__(self) -> str:
        return f"<Name {str(self)!r}>"


def server_address(name: Name, current_user_only: bool | None) -> tuple[bytes, bool]:
    """Return the address to connect to, and whether to check the server's user.

    Raises `PermissionError` if the socket file already shows that the user is another one.
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
    """Raise `ValueError` for an address that the system would reject or misunderstand.

    A path may be longer than an address where the system supports that; but not a special one,
    since other programs must be able to use it too.
    """
    if address in (b"", b"\0"):
        raise ValueError(f"a local socket's name must not be empty: {displayed(address)!r}")
    if len(address) > MAX_ADDRESS:
        is_abstract = address[:1] == b"\0"
        if is_special or is_abstract or not is_reachable(address):
            raise _too_long(address, 1 if is_abstract else 0, is_special or is_abstract)
    # In an abstract address, perhaps made by other programs, NUL is an ordinary character.
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
    """Return VALUE as bytes in the system's encoding. Raises `TypeError`, `ValueError`."""
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
    """A path to a socket file, unchanged. Relative paths are resolved when they are used."""

    __module__ = "interprocess.os.unix.local_socket"

    @classmethod
    def is_supported(cls) -> bool:
        """Return `True`."""
        return True

    @classmethod
    def map(cls, value: NameLike) -> Name:
        """Return the name for a path of at most the size of `sun_path`.

        On Linux with /proc, the limit is 4,079 bytes instead of the 108 bytes of an address.
        """
        return Name(_encoded(value))


class SpecialDirUdSocket(NameType):
    """A name for a socket file in the system's directory for such files.

    The file of NAME is `/run/user/UID/NAME` where the system has that directory for the user, and
    otherwise `/tmp/NAME`, as in the Rust crate. Android: `$TMPDIR` or `$TEMPDIR` as an unchanged
    prefix, or else `/data/local/tmp/NAME`. NAME may contain directories: a listener makes missing
    ones.

    Other users can write to `/tmp`. So a listener refuses directories in NAME that do not belong to
    its user or root, and a client refuses a server of another user, unless
    `current_user_only=False`.
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
                f"a name that is not a path must end in a file's name and must not leave its"
                f" directory: {value!r}"
            )
        address, *others = candidates(encoded)
        return Name(address, True, encoded, others[0] if others else b"")


if sys.platform == "linux" or sys.platform == "android":

    class AbstractNsUdSocket(NameType):
        """A name in Linux's abstract namespace, unchanged. unix(7).

        It has no file and no permissions, vanishes with its socket and is visible to every process
        in the same network namespace. So, unless `current_user_only=False`, a listener rejects
        clients of other users, and a client refuses a server of another user.
        """

        __module__ = "interprocess.os.unix.local_socket"

        @classmethod
        def is_supported(cls) -> bool:
            """Ask the system, which may emulate Linux without abstract names."""
            from interprocess import capabilities

            return capabilities.available("abstract_ns_ud_socket")

        @classmethod
        def map(cls, value: NameLike) -> Name:
            """Return the name VALUE, of at most 107 bytes, in the abstract namespace.

            `bytes` may contain NULs, which are significant: some programs pad their names with
            them.
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
        """Return true if the running system has such names."""
        return _Namespaced.is_supported()

    @classmethod
    def map(cls, value: NameLike) -> Name:
        """Return the name for the string VALUE."""
        return _Namespaced.map(_encoded(value))  # Without NULs, which some platforms reject.
