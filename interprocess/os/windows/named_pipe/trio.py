r"""Named pipes for trio: `interprocess.os.windows.named_pipe`, `async` where it waits.

    options = PipeListenerOptions(r"\\.\pipe\example", mode=PipeMode.MESSAGES)
    async with options.create_trio(PipeMode.MESSAGES, PipeMode.MESSAGES) as listener:
        async for stream in listener:
            async with stream:
                await stream.send(b"You said: " + await stream.recv_msg())

Streams that receive bytes are `trio.abc.Stream`, and listeners are `trio.abc.Listener`. Each error
is both of the synchronous interface's type and of trio's. Timeouts are trio's: `with
trio.fail_after(seconds)`.
"""

from __future__ import annotations

from interprocess.os.windows.named_pipe._async_trio import (
    PipeListener,
    PipeStream,
    RecvHalf,
    SendHalf,
)

__all__ = ["PipeListener", "PipeStream", "RecvHalf", "SendHalf"]
