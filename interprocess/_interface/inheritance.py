"""The arguments with which a parent hands open ends to a child process."""

from __future__ import annotations

from interprocess._interface.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class SharedWithChild(Value):
    """Ends to be handed to a child process.

    - `arguments`: one string for each end, from which the child recreates it:
      `Recver(int(argument))`.
    - `popen_options`: the keyword arguments of `subprocess.Popen` that hand over these ends and no
      others.
    """

    __module__ = "interprocess.unnamed_pipe"

    __slots__ = ("arguments", "popen_options")

    if TYPE_CHECKING:
        arguments: tuple[str, ...]
        popen_options: dict[str, Any]

    def __init__(self, *, arguments: tuple[str, ...], popen_options: dict[str, Any]) -> None:
        super().__init__(arguments=arguments, popen_options=popen_options)
