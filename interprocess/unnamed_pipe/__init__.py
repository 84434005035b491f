"""Unnamed pipes: a one-way byte stream, for the threads of a process or a parent and its children.

    from interprocess.unnamed_pipe import pipe

    sender, recver = pipe()
    sender.send_all(b"Hello")
    print(recver.recv(100))

After all senders are closed, the receiver reads the end of the stream; after all receivers are
closed, sending raises `BrokenPipeError`. Child processes do not inherit ends by default: use
`share_with_child`, or arguments of a `multiprocessing` process, to hand one over.
"""

from __future__ import annotations

from interprocess._interface.inheritance import SharedWithChild
from interprocess.unnamed_pipe._platform import Recver, Sender, pipe, share_with_child

__all__ = ["Recver", "Sender", "SharedWithChild", "pipe", "share_with_child"]
