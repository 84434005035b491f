"""Streams of messages, over any byte stream of this library.

    from interprocess.local_socket import connect
    from interprocess.messages import LengthPrefix, MessageStream

    with MessageStream(connect("example"), LengthPrefix()) as messages:
        messages.send(b"Hello")
        for message in messages:
            print(message)

A framing says how messages stand among the bytes: behind their length (`LengthPrefix`), before a
delimiter (`Delimiter`), as `multiprocessing.connection` has them (`MultiprocessingFraming`), or as
a `Framing` of your own has it. Each has a limit for what a peer can have us hold.

Messages arrive whole and once, whatever the system does to the bytes, and a timeout, nonblocking
mode, cancelling or an interrupt loses none of them.

Pipes of Windows in message mode keep messages apart themselves: `PipeMessageStream` gives them the
same interface there. The asynchronous classes are in `interprocess.messages.asyncio` and
`interprocess.messages.trio`.
"""

from __future__ import annotations

import sys

from interprocess import capabilities
from interprocess.messages._errors import AuthenticationError, FramingError, MessageTooLongError
from interprocess.messages._framing import (
    Delimiter,
    Framing,
    LengthPrefix,
    MultiprocessingFraming,
)
from interprocess.messages._stream import MessageStream

__all__ = [
    "AuthenticationError",
    "Delimiter",
    "Framing",
    "FramingError",
    "LengthPrefix",
    "MessageStream",
    "MessageTooLongError",
    "MultiprocessingFraming",
]

if sys.platform == "win32":
    from interprocess.messages._pipe import PipeMessageStream

    __all__ += ["PipeMessageStream"]

TYPE_CHECKING = False
if not TYPE_CHECKING:
    __getattr__ = capabilities.gate(__name__)
