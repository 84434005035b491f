"""Local sockets: a server and its clients on one machine, each client with a private byte stream.

One interface to Unix domain sockets on Unix and to named pipes on Windows. Nothing is added to the
data, so programs that do not use this library are ordinary peers.

A server:

    from interprocess.local_socket import listen, serve

    def greet(stream):
        stream.send_all(b"Hello " + stream.recv(100))

    serve(listen("example"), greet)

A client:

    from interprocess.local_socket import connect

    with connect("example") as stream:
        stream.send_all(b"world")
        print(stream.recv(100))

The docstrings of names, options and methods describe platform-specific behaviour, as does
docs/platforms.md.
"""

from __future__ import annotations

from interprocess._interface.name import NameType
from interprocess._interface.options import ConnectWaitMode
from interprocess._interface.peer_creds import PeerCreds
from interprocess.errors import (
    IncompleteReadError,
    ReuniteError,
    UnexpectedObjectError,
    UnsupportedError,
)
from interprocess.local_socket._platform import (
    ConnectOptions,
    GenericFilePath,
    GenericNamespaced,
    Listener,
    ListenerOptions,
    Name,
    RecvHalf,
    SendHalf,
    Stream,
)
from interprocess.local_socket._shortcuts import (
    connect,
    listen,
    pair,
    to_fs_name,
    to_name,
    to_ns_name,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._interface.nonblocking_mode import ListenerNonblockingMode
    from interprocess._interface.shutdown import Shutdown
    from interprocess.local_socket._as_socket import StreamSocket, as_socket
    from interprocess.local_socket._passing import recv_object, send_object
    from interprocess.local_socket._serving import serve
    from interprocess.local_socket._tls import TlsStream, wrap_tls
else:
    # The standard library's `enum` takes half as long to import as this whole package, and not
    # every program needs `threading`: names that need them are imported when they are used.
    def __getattr__(name: str) -> object:
        if name == "serve":
            from interprocess.local_socket._serving import serve

            globals().update(serve=serve)
        elif name in ("StreamSocket", "as_socket"):
            from interprocess.local_socket._as_socket import StreamSocket, as_socket

            globals().update(StreamSocket=StreamSocket, as_socket=as_socket)
        elif name in ("TlsStream", "wrap_tls"):
            from interprocess.local_socket._tls import TlsStream, wrap_tls

            globals().update(TlsStream=TlsStream, wrap_tls=wrap_tls)
        elif name in ("recv_object", "send_object"):
            from interprocess.local_socket._passing import recv_object, send_object

            globals().update(recv_object=recv_object, send_object=send_object)
        elif name in ("ListenerNonblockingMode", "Shutdown"):
            from interprocess._interface.nonblocking_mode import ListenerNonblockingMode
            from interprocess._interface.shutdown import Shutdown

            globals().update(ListenerNonblockingMode=ListenerNonblockingMode, Shutdown=Shutdown)
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return globals()[name]

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})


__all__ = [
    "ConnectOptions",
    "ConnectWaitMode",
    "GenericFilePath",
    "GenericNamespaced",
    "IncompleteReadError",
    "Listener",
    "ListenerNonblockingMode",
    "ListenerOptions",
    "Name",
    "NameType",
    "PeerCreds",
    "RecvHalf",
    "ReuniteError",
    "SendHalf",
    "Shutdown",
    "Stream",
    "StreamSocket",
    "TlsStream",
    "UnexpectedObjectError",
    "UnsupportedError",
    "as_socket",
    "connect",
    "listen",
    "pair",
    "recv_object",
    "send_object",
    "serve",
    "to_fs_name",
    "to_name",
    "to_ns_name",
    "wrap_tls",
]
