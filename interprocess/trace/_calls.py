"""The public representation of traced calls."""

from __future__ import annotations

import sys

from interprocess._bindings._signatures import SIGNATURES
from interprocess._interface.value import Value
from interprocess.trace import _recording as record_places
from interprocess.trace._place import shown
from interprocess.trace._values import Symbol, json_of, text_of

if sys.platform == "win32":
    from interprocess.trace import _decoding_windows as decoding
else:
    from interprocess.trace import _decoding_unix as decoding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_NANOSECONDS = 1e-9


class Call(Value):
    """One call of a C function.

    - `function`: the name of the function.
    - `library`: "libc", the name of a DLL, or the Python module that makes the call: "os", "fcntl",
      "socket".
    - `arguments`: the decoded arguments by name. Numbers, strings and bytes stay as they are, names
      of constants are strings, structures are `dict`, and arrays are `list`. Data is an object with
      the attributes `size` and `beginning` (the first bytes).
    - `result`: the decoded result; `None` if the call failed or has not returned.
    - `error`: the name of the error, such as "EAGAIN" or "ERROR_IO_PENDING"; `None` without error.
    - `start` and `duration`: in seconds, by a clock that all processes of a machine share;
      `duration` is `None` if the call had not returned when the trace ended.
    - `process`, `thread` and `thread_name`: the caller; `thread` is the value of
      `threading.get_ident`.
    - `place`: the file, line and function of the program that caused the call, or `None`.
    """

    __module__ = "interprocess.trace"

    __slots__ = (
        "number",
        "library",
        "function",
        "arguments",
        "result",
        "error",
        "start",
        "duration",
        "process",
        "thread",
        "thread_name",
        "place",
    )

    if TYPE_CHECKING:  # Programs that document theirs cannot resolve this at run time.
        arguments: dict[str, Any]
        result: Any
    number: int
    library: str
    function: str
    error: str | None
    start: float
    duration: float | None
    process: int
    thread: int
    thread_name: str
    place: tuple[str, int, str] | None

    @property
    def name(self) -> str:
        """The name of the function, with its module if only Python has such a function."""
        is_pythons = self.function in decoding.PYTHONS_OWN
        return f"{self.library}.{self.function}" if is_pythons else self.function

    @property
    def summary(self) -> str:
        """The purpose of the function and its manual page, or an empty string if unknown."""
        if self.function in decoding.PYTHONS_OWN:
            return decoding.PYTHONS_OWN[self.function]
        return SIGNATURES[self.function][2] if self.function in SIGNATURES else ""

    def as_dict(self) -> dict[str, Any]:
        """Return the call as values for JSON: strings, numbers, objects and lists."""
        return {name: json_of(value) for name, value in self._fields()}

    def expression(self) -> str:
        """Return the function and its arguments in C syntax."""
        arguments = ", ".join(f"{name}={text_of(value)}" for name, value in self.arguments.items())
        return f"{self.name}({arguments})"

    def outcome(self) -> str:
        """Return the result or error in the style of strace."""
        if self.duration is None:
            return "<unfinished ...>"
        if self.error is not None and self.result is None:
            return f"{decoding.failure(self.library, self.function)} {self.error}".strip()
        outcome = "0" if self.result is None else text_of(self.result)
        return outcome if self.error is None else f"{outcome} {self.error}"

    def __str__(self) -> str:
        """Return a line in the style of strace."""
        took = "" if self.duration is None else f" <{self.duration:.6f}>"
        where = "" if self.place is None else f"  {shown(self.place)}"
        return f"{self.expression()} = {self.outcome()}{took}{where}"


def call_of(record: record_places.Record) -> Call:
    """Return the call that a record describes."""
    beginning = record[record_places.BEGINNING]
    library, function = beginning[record_places.LIBRARY], beginning[record_places.FUNCTION]
    is_over = len(record) > record_places.ENDED
    result: Any = record[record_places.RESULT] if is_over else None
    number: Any = record[record_places.ERROR] if is_over else 0
    copies = record[record_places.FIRST_OUTPUT :]
    outputs = dict(zip(beginning[record_places.OUTPUTS], copies))
    arguments = decoding.arguments_of(
        library, function, beginning[record_places.ARGUMENTS], outputs, result
    )
    error = None
    if is_over:
        error, result = _outcome(library, function, arguments, result, number)
    started = record[record_places.STARTED] if len(record) > 1 else beginning[record_places.BEGAN]
    ended = record[record_places.ENDED] if is_over else None
    return Call(
        number=beginning[record_places.NUMBER],
        library=library,
        function=function,
        arguments=arguments,
        result=result,
        error=error,
        start=started * _NANOSECONDS,
        duration=None if ended is None else (ended - started) * _NANOSECONDS,
        process=beginning[record_places.PROCESS],
        thread=beginning[record_places.THREAD],
        thread_name=beginning[record_places.THREAD_NAME],
        place=beginning[record_places.PLACE] and tuple(beginning[record_places.PLACE]),
    )


def _outcome(
    library: str, function: str, arguments: dict[str, Any], result: Any, number: Any
) -> tuple[str | None, Any]:
    """Return the name of the error, or `None`, and the decoded result."""
    if isinstance(number, str):
        return number, None  # The class of an exception from a signal handler.
    if decoding.failed(library, function, result) or (library in _PYTHON and number):
        return decoding.error_of(library, function, result, number), None
    return None, decoding.result_of(library, function, arguments, result)


#: The Python modules whose functions raise errors instead of returning them.
_PYTHON = ("os", "os.path", "fcntl", "select", "socket", "time", "msvcrt", "_winapi")

__all__ = ["Call", "Symbol", "call_of"]
