"""Trace the calls that this package makes to the operating system, with decoded arguments.

    from interprocess.trace import trace

    with trace() as calls:
        first, second = interprocess.pair()
        first.send_all(b"hello")
        second.recv(100)
    print(calls)

prints one line for each call of a C function, in the style of strace. `python -m interprocess trace
PROGRAM` traces a whole program and its Python child processes.

Tracing works on every platform, inside the process, without privileges. It costs nothing while no
trace is active: there are no wrappers and no flags to check. Importing this module changes nothing.
"""

from __future__ import annotations

from interprocess.trace._calls import Call
from interprocess.trace._trace import Trace, trace

__all__ = ["Call", "Trace", "trace"]
