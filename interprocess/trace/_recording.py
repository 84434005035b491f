"""Record calls of C functions with stand-ins, which replace the functions during a trace.

While a trace is active, a stand-in replaces every function with which the package calls C. `_doors`
installs the stand-ins and removes them with the last trace. So a program that traces nothing runs
exactly the code that it would run if tracing did not exist.

A stand-in is Python code in a place where the package expects C. The package relies on one property
of C: no signal handler runs between the system call and the statement that stores its result. Such
a handler could raise, and a new descriptor would be lost (`interprocess._interface.lifetime`).
Stand-ins preserve this property. CPython checks for signals when a function begins, when a loop
jumps back, and after calls. So a stand-in makes no calls after the system call: the remaining work
(reading the clock and `errno`, copying received data, writing the record to a file) was put into
iterators before, all implemented in C, and `record += ending` runs them in one operation. If a
handler raises before the system call, the call does not take place, as if the signal had come a
moment earlier. Only `close_numbers` and `close_handles` cannot tolerate that, since they have
already removed the number from its list; they are replaced as a whole.

A record is a list that only the calling thread changes:

- `record[0]` is the beginning, a tuple of values that can be written to a file; it is sufficient to
  describe a call that never returns;
- the time right before the system call follows;
- after the call, its result, its error and the time follow, then copies of the memory that the call
  may have filled, in the order of `outputs` in the beginning.

Traces may be nested, may overlap, and may begin and end in any thread and while calls are in
progress. A call belongs to every trace that is active when it begins; these traces share its
record.
"""

from __future__ import annotations

import itertools
import os
import sys
from _thread import get_ident
from functools import partial
from itertools import chain, starmap
from operator import itemgetter
from time import perf_counter_ns

from interprocess._bindings._signatures import SIGNATURES
from interprocess.trace._place import place_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    #: A value that can be written to files and read by every version of Python.
    Plain = Any
    Record = list[Any]

#: The number of bytes that are kept of each buffer.
DATA_LIMIT = 64

#: For `starmap(function, ONCE)`, which calls a function without arguments.
ONCE = ((),)

# The indices of the items of a beginning.
NUMBER, PROCESS, THREAD, THREAD_NAME, BEGAN, LIBRARY, FUNCTION, PLACE, ARGUMENTS, OUTPUTS = range(
    10
)
# The indices of the items of a record.
BEGINNING, STARTED, RESULT, ERROR, ENDED, FIRST_OUTPUT = range(6)

_numbers = itertools.count()
_process = os.getpid()

#: The lists of the active traces; replaced as a whole, never changed.
_recordings: tuple[Any, ...] = ()
#: Returns an iterator, implemented in C, that writes a record to a file; used if a whole process is
#: traced.
write_record: Callable[[Record], Iterable[object]] | None = None

#: The kept properties of received bytes: their number, and the first bytes.
KEEP_BYTES = (len, itemgetter(slice(DATA_LIMIT)))


def _forked_in_child() -> None:
    global _process
    _process = os.getpid()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked_in_child)


def add_recording(records: Any) -> None:
    """Start recording into another list. Only `_doors` calls this, while it holds its lock."""
    global _recordings
    _recordings = (*_recordings, records)


def remove_recording(records: Any) -> None:
    """Stop recording into a list. Only `_doors` calls this, while it holds its lock."""
    global _recordings
    _recordings = tuple(each for each in _recordings if each is not records)


def begin(
    library: str, function: str, arguments: Sequence[Plain], outputs: Sequence[str] = ()
) -> Record:
    """Record that a call begins; ARGUMENTS are plain values in order."""
    thread = get_ident()
    record: Record = [
        (
            next(_numbers),
            _process,
            thread,
            _name_of(thread),
            perf_counter_ns(),
            library,
            function,
            place_of(sys._getframe(1)),
            tuple(arguments),
            tuple(outputs),
        )
    ]
    for records in _recordings:
        records.append(record)
    if write_record is not None:
        try:
            for _ in write_record(record):
                pass
        except (OSError, ValueError):
            pass  # The disk is full, or an argument has an unexpected type.
    return record


def _name_of(thread: int) -> str:
    """Return a thread's name without a lock, since signal handlers may call this."""
    threading = sys.modules.get("threading")
    known = getattr(getattr(threading, "_active", {}).get(thread), "name", None)
    if known is not None:
        return str(known)
    return "MainThread" if threading is None else f"Thread {thread}"


class Prepared:
    """A call that was recorded as begun, with the iterators that record its end."""

    __slots__ = ("ending", "record", "result", "writing")

    def __init__(
        self,
        library: str,
        name: str,
        arguments: Sequence[Plain],
        outputs: Sequence[str] = (),
        memory: Iterable[Any] = (),
        keep: Sequence[Callable[[Any], Plain]] = (),
        error: Iterable[int] = (0,),
    ) -> None:
        """Record that the call begins.

        OUTPUTS are the names of the values that are copied at the end: first the contents of
        MEMORY, then the results of all functions in KEEP but the first. The functions in KEEP are
        implemented in C and get the result of the call; the first returns a plain value for it.
        ERROR is an iterator, implemented in C, over the error.
        """
        #: Receives the result.
        self.result: list[Any] = []
        # Run after the call: `ending` completes the record, then `writing` writes it to the file.
        self.record = begin(library, name, arguments, outputs)
        self.ending = chain(
            map(keep[0], self.result) if keep else self.result,
            error,
            starmap(perf_counter_ns, ONCE),
            map(bytes, memory),
            *[map(each, self.result) for each in keep[1:]],
        )
        self.writing = write_record(self.record) if write_record is not None else ()

    def start(self) -> None:
        """Record that the call is about to be made."""
        self.record += (perf_counter_ns(),)

    def end(self) -> None:
        """Record that the call has ended, if its result needs no protection from signals."""
        self.record += self.ending
        self._write()

    def raised(self, error: BaseException) -> None:
        """Record that the call raised an exception, from the system or a signal handler."""
        number = getattr(error, "winerror", None) or getattr(error, "errno", None)
        is_system = isinstance(error, OSError) and isinstance(number, int)
        self.record += (None, number if is_system else type(error).__name__, perf_counter_ns())
        self._write()

    def _write(self) -> None:
        try:
            for _ in self.writing:
                pass
        except (OSError, ValueError):
            pass  # The disk is full.


def stand_in(
    real: Callable[..., Any], prepare: Callable[[tuple[Any, ...], dict[str, Any]], Prepared]
) -> Callable[..., Any]:
    """Return a stand-in for a function; PREPARE records the beginning of each call."""

    def call(*arguments: Any, **options: Any) -> Any:
        prepared = prepare(arguments, options)
        calling = starmap(partial(real, **options) if options else real, (arguments,))
        result, record = prepared.result, prepared.record
        ending, writing = prepared.ending, prepared.writing
        record += starmap(perf_counter_ns, ONCE)
        try:
            result += calling
        except BaseException as error:
            prepared.raised(error)
            raise
        # No calls from here on: no signal handler may run before the result is returned.
        try:
            record += ending
            _ = [*writing]
        except (OSError, MemoryError, ValueError):
            pass  # The result matters more.
        return result[0]

    call.direct = real  # type: ignore[attr-defined]  # functions accept attributes
    return call


def stand_in_for_c(
    real: Callable[..., Any],
    library: str,
    name: str,
    capture: Callable[[Sequence[Any]], tuple[Sequence[Plain], Sequence[str], Sequence[Any]]],
    last_error: Callable[[], Iterable[int]],
) -> Callable[..., Any]:
    """Return a stand-in for a cffi function, which returns errors and does not raise them.

    CAPTURE converts the arguments to plain values, and returns the names and the memory of outputs.
    LAST_ERROR returns an iterator, implemented in C, over the error of the last call.
    """
    # For a returned pointer, only record whether it is null.
    keep = (bool,) if SIGNATURES[name][0].endswith("*") else ()

    def prepare(arguments: tuple[Any, ...], _: dict[str, Any]) -> Prepared:
        values, outputs, memory = capture(arguments)
        return Prepared(library, name, values, outputs, memory, keep, last_error())

    return stand_in(real, prepare)


def stand_in_for_python(
    real: Callable[..., Any],
    library: str,
    name: str,
    capture: Callable[..., Sequence[Plain]],
    keep: Sequence[Callable[[Any], Plain]] = (),
    outputs: Sequence[str] = (),
    memory: Callable[..., Sequence[Any]] | None = None,
) -> Callable[..., Any]:
    """Return a stand-in for a CPython function that calls C and raises errors.

    CAPTURE converts the arguments to pairs of a name and a plain value. MEMORY returns the memory
    that the call may fill.
    """

    def prepare(arguments: tuple[Any, ...], options: dict[str, Any]) -> Prepared:
        values = capture(*arguments, **options)
        filled = () if memory is None else memory(*arguments, **options)
        return Prepared(library, name, values, outputs, filled, keep)

    return stand_in(real, prepare)
