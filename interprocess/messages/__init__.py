"""Streams of messages, over any byte stream of this library.

    from interprocess.local_socket import connect
    from interprocess.messages import LengthPrefix, MessageStream

    with MessageStream(connect("example"), LengthPrefix()) as messages:
        messages.send(b"Hello")
        for message in messages:
            print(message)

A framing defines how messages are delimited in the stream: by a length before each message
(`LengthPrefix`), by a delimiter after each (`Delimiter`), as in `multiprocessing.connection`
(`MultiprocessingFraming`), or by a `Framing` of your own. Each has a limit for the size of a peer's
messages.

Messages arrive whole and exactly once, however the system splits the data. Timeouts, nonblocking
mode, cancellation and interrupts lose none of them.

Windows pipes in message mode delimit messages themselves; `PipeMessageStream` gives them the same
interface. The asynchronous classes are in `interprocess.messages.asyncio`,
`interprocess.messages.trio` and `interprocess.messages.anyio`.
"""

from __future__ import annotations

import sys

from interprocess.capabilities import gate
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
    __getattr__ = gate(__name__)
