r"""Named pipes, with all of their Windows features.

`interprocess.local_socket` has the portable features. This module has messages, pipes in one
direction, different modes for the directions, limits, waiting for the peer to read, and the peer's
identity.

    from interprocess.os.windows.named_pipe import PipeListenerOptions, PipeMode, PipeStream

    options = PipeListenerOptions(r"\\.\pipe\example", mode=PipeMode.MESSAGES)
    with options.create_duplex() as listener:
        for stream in listener:
            with stream:
                stream.send(b"You said: " + stream.recv_msg())

See the section 'Named Pipes' on Microsoft Learn.
"""

from __future__ import annotations

from interprocess._interface.nonblocking_mode import ListenerNonblockingMode
from interprocess._interface.options import ConnectWaitMode
from interprocess.errors import ReuniteError, UnsupportedError
from interprocess.os.windows.named_pipe._enumerations import (
    PipeDirection,
    PipeMode,
    PipeStreamRole,
    WaitTimeout,
)
from interprocess.os.windows.named_pipe._impersonation import ImpersonationGuard
from interprocess.os.windows.named_pipe._listener import PipeListener
from interprocess.os.windows.named_pipe._messages import MessageTooLongError
from interprocess.os.windows.named_pipe._options import PipeListenerOptions
from interprocess.os.windows.named_pipe._stream import PipeStream, RecvHalf, SendHalf

__all__ = [
    "ConnectWaitMode",
    "ImpersonationGuard",
    "ListenerNonblockingMode",
    "MessageTooLongError",
    "PipeDirection",
    "PipeListener",
    "PipeListenerOptions",
    "PipeMode",
    "PipeStream",
    "PipeStreamRole",
    "RecvHalf",
    "ReuniteError",
    "SendHalf",
    "UnsupportedError",
    "WaitTimeout",
]
