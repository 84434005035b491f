"""Chooses the backend. A plain condition, which type checkers and freezers can follow."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from interprocess.os.windows._pipe.inheritance import share_with_child
    from interprocess.os.windows._pipe.unnamed import Recver, Sender, pipe
else:
    from interprocess.os.unix._descriptor.inheritance import share_with_child
    from interprocess.os.unix._pipe import Recver, Sender, pipe

__all__ = ["Recver", "Sender", "pipe", "share_with_child"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._interface import contract

    _recver: type[contract.PipeEnd] = Recver
    _sender: type[contract.PipeEnd] = Sender
