"""What the package asks of the operating system, while it happens: every call, decoded.

    from interprocess.trace import trace

    with trace() as calls:
        first, second = interprocess.pair()
        first.send_all(b"hello")
        second.recv(100)
    print(calls)

prints a line like strace's for each call of a C function. Programs are traced as a whole, with
their children that are Python programs too, by `python -m interprocess trace PROGRAM`.

It works on every platform, in process and without privileges. While nothing is traced, it costs
nothing: there is no wrapper and no flag that is asked; importing this module changes nothing.
"""

from __future__ import annotations

from interprocess.trace._calls import Call
from interprocess.trace._trace import Trace, trace

__all__ = ["Call", "Trace", "trace"]
