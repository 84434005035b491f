r"""Named pipes for asyncio: `interprocess.os.windows.named_pipe`, `async` where it waits.

    options = PipeListenerOptions(r"\\.\pipe\example", mode=PipeMode.MESSAGES)
    async with options.create_asyncio(PipeMode.MESSAGES, PipeMode.MESSAGES) as listener:
        async for stream in listener:
            async with stream:
                await stream.send(b"You said: " + await stream.recv_msg())

Timeouts are those of asyncio. This needs a proactor event loop, which is the default on Windows; a
selector event loop gets `UnsupportedError`.
"""

from __future__ import annotations

from interprocess.os.windows.named_pipe._async_asyncio import (
    PipeListener,
    PipeStream,
    RecvHalf,
    SendHalf,
)

__all__ = ["PipeListener", "PipeStream", "RecvHalf", "SendHalf"]
