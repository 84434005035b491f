"""Unnamed pipes: a one-way byte stream, for the threads of a process or a parent and its children.

    from interprocess.unnamed_pipe import pipe

    sender, recver = pipe()
    sender.send_all(b"Hello")
    print(recver.recv(100))

What the receiver reads after all senders are closed is the end of the stream; what is sent after
all receivers are closed is a `BrokenPipeError`. No child process inherits an end by itself:
`share_with_child` and pickling while `multiprocessing` starts a process hand one over.
"""

from __future__ import annotations

from interprocess._interface.inheritance import SharedWithChild
from interprocess.unnamed_pipe._platform import Recver, Sender, pipe, share_with_child

__all__ = ["Recver", "Sender", "SharedWithChild", "pipe", "share_with_child"]
