"""Choose the backend with a plain condition, which type checkers and freezers can follow."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

if sys.platform == "win32":

    def end_receiving(stream: Any) -> None:
        """End all receives from a local socket."""
        raise NotImplementedError

else:
    from interprocess.os.unix import _calls
    from interprocess.os.unix._unix_socket.descriptor import shut_down

    def end_receiving(stream: Any) -> None:
        """End all receives from a local socket. shutdown(2)."""
        stream._descriptor.perform(shut_down, 0, None, _calls.SHUT_RD)
