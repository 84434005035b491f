"""What a parent needs in order to hand open ends to a child process."""

from __future__ import annotations

from interprocess._interface.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class SharedWithChild(Value):
    """Ends that a child process is about to get.

    - `arguments`: one string for each end, from which the child makes it again:
      `Recver(int(argument))`.
    - `popen_options`: the keyword arguments of `subprocess.Popen` that hand the ends over, and
      nothing else.
    """

    __module__ = "interprocess.unnamed_pipe"

    __slots__ = ("arguments", "popen_options")

    arguments: tuple[str, ...]
    popen_options: dict[str, Any]

    def __init__(self, *, arguments: tuple[str, ...], popen_options: dict[str, Any]) -> None:
        super().__init__(arguments=arguments, popen_options=popen_options)
