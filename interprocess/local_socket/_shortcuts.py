"""The short forms: names from strings, `listen`, `connect` and `pair`."""

from __future__ import annotations

from interprocess._interface.name import is_path
from interprocess._interface.options import (
    UNBOUNDED,
    ConnectWaitMode,
)
from interprocess._interface.sizes import checked_option_size
from interprocess.local_socket._platform import (
    ConnectOptions,
    GenericFilePath,
    GenericNamespaced,
    Listener,
    ListenerOptions,
    Name,
    Stream,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Union

    from interprocess._interface.name import NameLike, NameType
    from interprocess._interface.nonblocking_mode import ListenerNonblockingMode
    from interprocess._interface.options import Overwrite

    #: The types that `listen` and `connect` accept as a name.
    AnyName = Union[Name, NameLike]


def to_fs_name(value: NameLike, name_type: type[NameType] = GenericFilePath) -> Name:
    """Return the name for a path, as the name type maps it.

    Raises `TypeError` unless VALUE is a string, bytes or a path, and `ValueError` for a name that
    is empty, too long or otherwise invalid on this platform.
    """
    return _mapped(value, name_type)


def to_ns_name(value: NameLike, name_type: type[NameType] = GenericNamespaced) -> Name:
    """Return the name for a string that is not a path, as the name type maps it.

    Raises `TypeError` unless VALUE is a string, bytes or a path, and `ValueError` for a name that
    is empty, too long or otherwise invalid on this platform.
    """
    return _mapped(value, name_type)


def _mapped(value: NameLike, name_type: type[NameType]) -> Name:
    if not hasattr(name_type, "map"):
        raise TypeError(f"name_type must be a name type such as GenericFilePath, not {name_type!r}")
    name = name_type.map(value)
    assert isinstance(name, Name), "every name type makes the platform's names"
    return name


#: A cache of names that `to_name` has made from paths. Programs often connect to the same path, and
#: making the name would take a tenth of the time of connecting. (Names that are not paths are not
#: cached: they depend on the environment, which may change.)
_known_paths: dict[str, Name] = {}

MOST_KNOWN_PATHS = 16


def to_name(value: AnyName) -> Name:
    """Return the name that `listen` and `connect` use for VALUE.

    A `Name` is returned as it is. A `PathLike` is a path. A string is a path if it contains a
    separator (a slash, on Windows also a backslash), else it is namespaced.
    """
    if isinstance(value, Name):
        return value
    known = _known_paths.get(value) if type(value) is str else None
    if known is not None:
        return known
    if not is_path(value):
        return to_ns_name(value)
    name = to_fs_name(value)
    if type(value) is str:
        if len(_known_paths) >= MOST_KNOWN_PATHS:
            _known_paths.clear()
        _known_paths[value] = name
    return name


def name_or_unique(value: AnyName | None) -> Name:
    """Return the name for `listen`: the one for VALUE, or a new one if VALUE is `None`."""
    return Name.unique() if value is None else to_name(value)


def listen(
    name: AnyName | None = None,
    *,
    nonblocking: ListenerNonblockingMode | None = None,
    reclaim_name: bool = True,
    try_overwrite: Overwrite = False,
    max_spin_time: float | None = None,
    current_user_only: bool | None = None,
    send_buffer_size: int | None = None,
    recv_buffer_size: int | None = None,
) -> Listener:
    """Return a listener: the short form of `ListenerOptions(…).create_sync()`, with its options.

    NAME is as for `to_name`. Without one, the listener gets a new name from `Name.unique()`: other
    processes connect to the text that `listener.name.as_text()` returns.
    """
    return ListenerOptions(
        name_or_unique(name),
        nonblocking=nonblocking,
        reclaim_name=reclaim_name,
        try_overwrite=try_overwrite,
        max_spin_time=max_spin_time,
        current_user_only=current_user_only,
        send_buffer_size=send_buffer_size,
        recv_buffer_size=recv_buffer_size,
    ).create_sync()


def connect(
    name: AnyName,
    timeout: float | None = None,
    *,
    nonblocking_stream: bool = False,
    current_user_only: bool | None = None,
    wait_for_server: bool = False,
    send_buffer_size: int | None = None,
    recv_buffer_size: int | None = None,
) -> Stream:
    """Return a stream to a listener: the short form of `ConnectOptions(…).connect_sync()`.

    NAME is as for `to_name`. TIMEOUT, in seconds, applies only to connecting: `None` waits for
    ever, 0 does not wait.
    """
    if (
        nonblocking_stream is False
        and current_user_only is None
        and wait_for_server is False
        and send_buffer_size is None
        and recv_buffer_size is None
    ):
        # A shortcut without the options object, which would take a tenth of the time.
        wait_mode = UNBOUNDED if timeout is None else ConnectWaitMode.timeout(timeout)
        return Stream._connect(to_name(name), wait_mode, False, None, False, None)
    return ConnectOptions(
        to_name(name),
        timeout=timeout,
        nonblocking_stream=nonblocking_stream,
        current_user_only=current_user_only,
        wait_for_server=wait_for_server,
        send_buffer_size=send_buffer_size,
        recv_buffer_size=recv_buffer_size,
    ).connect_sync()


def pair(*, buffer_size: int | None = None) -> tuple[Stream, Stream]:
    """Return two streams that are connected to each other.

    BUFFER_SIZE is the number of bytes that the system should buffer in each direction; `None` is
    the system's default.
    """
    return Stream.pair(checked_option_size("buffer_size", buffer_size))
