"""Local interprocess communication: local sockets, pipes and FIFO files, on every platform.

    import interprocess

    with interprocess.connect("example") as stream:
        stream.send_all(b"world!")
        print(stream.recv(100))

Importing `interprocess` imports nothing else, so that a program pays only for what it uses. Each of
these is imported when it is first used:

- `listen`, `serve`, `connect` and `pair`, of `interprocess.local_socket`: a server and its clients
  on one machine, each client with a private byte stream;
- `pipe` and `share_with_child`, of `interprocess.unnamed_pipe`: a one-way pipe, for a parent and
  its children;
- `wait`: which of several streams, listeners and pipe ends can be received from;
- `interprocess.messages`: streams of messages over any of these;
- `interprocess.shared_memory`: memory that several processes have mapped;
- `interprocess.standard_streams`: standard input and output as asynchronous ends;
- `interprocess.os.unix`, `interprocess.os.linux`, `interprocess.os.windows`: features that only
  some systems have; importing one elsewhere raises `ImportError` with the condition that failed;
- `interprocess.capabilities`: which features this system has, and why others are missing;
- `interprocess.trace`: what all of it asks of the operating system, call by call;
- `interprocess.errors`: the exceptions that are not Python's own.

Each of `local_socket`, `unnamed_pipe`, `messages` and `standard_streams` has modules `asyncio`,
`trio` and `anyio`.
"""

from __future__ import annotations

__version__ = "0.2.0"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess import (
        capabilities,
        cfg,
        errors,
        local_socket,
        messages,
        os,
        shared_memory,
        standard_streams,
        trace,
        unnamed_pipe,
    )
    from interprocess._waiting import wait
    from interprocess.local_socket import connect, listen, pair, serve
    from interprocess.unnamed_pipe import pipe, share_with_child
else:
    # By import statements: tools that freeze a program do not see a computed name.
    def __getattr__(name: str) -> object:
        if name in ("connect", "listen", "pair", "serve", "local_socket"):
            import interprocess.local_socket as module
        elif name in ("pipe", "share_with_child", "unnamed_pipe"):
            import interprocess.unnamed_pipe as module
        elif name == "wait":
            import interprocess._waiting as module
        elif name == "capabilities":
            import interprocess.capabilities as module
        elif name == "cfg":
            import interprocess.cfg as module
        elif name == "errors":
            import interprocess.errors as module
        elif name == "messages":
            import interprocess.messages as module
        elif name == "os":
            import interprocess.os as module
        elif name == "shared_memory":
            import interprocess.shared_memory as module
        elif name == "standard_streams":
            import interprocess.standard_streams as module
        elif name == "trace":
            import interprocess.trace as module
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        if module.__name__ == f"{__name__}.{name}":
            return module  # The import has made it an attribute.
        return globals().setdefault(name, getattr(module, name))

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})


__all__ = [
    "capabilities",
    "cfg",
    "connect",
    "errors",
    "listen",
    "local_socket",
    "messages",
    "os",
    "pair",
    "pipe",
    "serve",
    "share_with_child",
    "shared_memory",
    "standard_streams",
    "trace",
    "unnamed_pipe",
    "wait",
]
