"""Chooses the ends that wait without a thread, by a plain condition for type checkers."""

from __future__ import annotations

import sys

if sys.platform == "win32":

    def polled_receiver(_number: int, _runtime: object) -> object:
        """Return `None`: only overlapped handles can be waited for."""
        return None

    polled_sender = polled_receiver
else:
    from interprocess.os.unix._standard_streams import polled_receiver, polled_sender

__all__ = ["polled_receiver", "polled_sender"]
