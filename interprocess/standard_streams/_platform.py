"""Chooses what waits without a thread. A plain condition, which type checkers can follow."""

from __future__ import annotations

import sys

if sys.platform == "win32":

    def polled_receiver(_number: int, _runtime: object) -> object:
        """Return `None`: no handle that is not overlapped can be waited for."""
        return None

    polled_sender = polled_receiver
else:
    from interprocess.os.unix._standard_streams import polled_receiver, polled_sender

__all__ = ["polled_receiver", "polled_sender"]
