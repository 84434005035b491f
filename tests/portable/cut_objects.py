"""Objects whose messages arrive in two parts."""

from __future__ import annotations

import os
import sys
from typing import Any

from interprocess.local_socket import Stream, pair, send_object


def begin(stream: Stream, thing: Any) -> bytes:
    """Send the first bytes of the message with THING, and return the rest."""
    one, other = pair()
    with one, other:
        send_object(one, thing, pid=os.getpid())
        if sys.platform == "win32":
            data = other.recv(100)
            stream.send_all(data[:3])
        else:
            data, fds = other.recv_fds(100, 1)
            stream.send_fds(data[:3], fds)
            os.close(fds[0])
    return data[3:]
