"""Unnamed pipes for asyncio: the classes of `interprocess.unnamed_pipe`, `async` where they wait.

    sender, recver = pipe()
    await sender.send_all(b"Hello")
    print(await recver.recv(100))

`Sender.from_sync`, `Recver.from_sync` and `to_sync` convert between the interfaces: a child
process, for example, needs a synchronous end. The ends of FIFO files have these methods too.
"""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from interprocess.os.windows._async_pipe.asyncio import Recver, Sender, pipe
else:
    from interprocess.os.unix._async_pipe.asyncio import Recver, Sender, pipe

__all__ = ["Recver", "Sender", "pipe"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._interface import contract
    from interprocess.unnamed_pipe import _platform

    _recver: type[contract.AsyncPipeEnd[_platform.Recver]] = Recver
    _sender: type[contract.AsyncPipeEnd[_platform.Sender]] = Sender
