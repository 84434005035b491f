"""Recording calls of C functions: what stands in for a function while tracing is on.

While a trace is active, every place at which the package calls C has a stand-in for the function:
`_doors` puts it there, and takes it away with the last trace. So a program that traces nothing runs
the very same code as one in which there is no such thing.

A stand-in is Python code where the package expects C, and the package relies on one thing of C:
between the system call and the statement that stores its result no signal handler runs, which might
raise and so lose a new descriptor (`interprocess._interface.lifetime`). A stand-in keeps that.
CPython looks for signals where a function begins, where a loop jumps back and after calls, so after
the system call a stand-in calls nothing any more: everything that is yet to be done (reading the
clock and `errno`, copying what has arrived, writing the record to a file) has been put into
iterators before, all of them C's, and `record += ending` runs through them as one operator. What a
handler may raise before the system call ends the call before it has begun, as if the signal had
come a moment earlier. `close_numbers` and `close_handles` alone cannot bear that, since they have
taken the number out of its list by then; they are replaced as a whole.

A record is one list, which the calling thread alone changes:

- `record[0]` is the `Beginning`, a tuple of values that can be written to a file, from which a call
  that never returns can be told as well;
- then comes the time right before the system call;
- when that is over, its result, its error and the time follow, and copies of the memory that the
  call may have filled, in the order of the beginning's `outputs`.

Traces may be nested, overlap, begin and end in any thread and while other calls are in progress: a
call belongs to every trace that is active when it begins, and all of them have the same record.
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

    #: What is written to files, and can be read by every version of Python.
    Plain = Any
    Record = list[Any]

#: How many bytes of data are kept of each buffer.
DATA_LIMIT = 64

#: For `starmap(function, ONCE)`, which calls a function without arguments.
ONCE = ((),)

# The places of a beginning's items.
NUMBER, PROCESS, THREAD, THREAD_NAME, BEGAN, LIBRARY, FUNCTION, PLACE, ARGUMENTS, OUTPUTS = range(
    10
)
# The places of a record's items.
BEGINNING, STARTED, RESULT, ERROR, ENDED, FIRST_OUTPUT = range(6)

_numbers = itertools.count()
_process = os.getpid()

#: The lists of the active traces; replaced as a whole, never changed.
_recordings: tuple[Any, ...] = ()
#: Returns an iterator in C that writes a record to a file: where a process is traced as a whole.
write_record: Callable[[Record], Iterable[object]] | None = None

#: What is kept of bytes that were received: how many there are, and the first of them.
KEEP_BYTES = (len, itemgetter(slice(DATA_LIMIT)))


def _forked_in_child() -> None:
    global _process
    _process = os.getpid()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked_in_child)


def add_recording(records: Any) -> None:
    """Record from now on into one list more. To be called by `_doors`, under its lock."""
    global _recordings
    _recordings = (*_recordings, records)


def remove_recording(records: Any) -> None:
    """Record into a list no more. To be called by `_doors`, under its lock."""
    global _recordings
    _recordings = tuple(each for each in _recordings if each is not records)


def begin(
    library: str, function: str, arguments: Sequence[Plain], outputs: Sequence[str] = ()
) -> Record:
    """Record that a call begins; ARGUMENTS are plain values, by their places."""
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
            pass  # The disk is full, or an argument is a value that nobody expects there.
    return record


def _name_of(thread: int) -> str:
    """Return a thread's name without a lock, which a signal handler might find taken."""
    threading = sys.modules.get("threading")
    known = getattr(getattr(threading, "_active", {}).get(thread), "name", None)
    if known is not None:
        return str(known)
    return "MainThread" if threading is None else f"Thread {thread}"


class Prepared:
    """One call that has been recorded as begun, with everything that its end needs."""

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

        OUTPUTS are the names of what is copied at its end: first from MEMORY, then what all of KEEP
        but the first, which are functions in C, make of the result. The first of KEEP makes a plain
        value of a result that is none. ERROR is an iterator in C over the error.
        """
        #: Gets the result.
        self.result: list[Any] = []
        # When that is there, the rest of the record, and then what writes it.
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
        """Record that the call is over, whose result nobody has to wait for."""
        self.record += self.ending
        self._write()

    def raised(self, error: BaseException) -> None:
        """Record that the call has raised an exception: the system's, or a signal handler's."""
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
    """Return what stands in for a function; PREPARE records that it is called with arguments."""

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
        # From here on nothing is called: no signal handler may run before the result is returned.
        try:
            record += ending
            _ = [*writing]
        except (OSError, MemoryError, ValueError):
            pass  # The result matters more.
        return result[0]

    call.direct = real  # type: ignore[attr-defined]  # a function takes attributes
    return call


def stand_in_for_c(
    real: Callable[..., Any],
    library: str,
    name: str,
    capture: Callable[[Sequence[Any]], tuple[Sequence[Plain], Sequence[str], Sequence[Any]]],
    last_error: Callable[[], Iterable[int]],
) -> Callable[..., Any]:
    """Return what stands in for a function of cffi, which returns an error and raises none.

    CAPTURE turns arguments into plain values, the names of what the call may fill, and the memory
    that has those. LAST_ERROR returns an iterator in C over the error of the last call.
    """
    # Of a pointer that a function returns it is kept whether there is one.
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
    """Return what stands in for a function of CPython that calls C and raises the error.

    CAPTURE turns the arguments into pairs of a name and a plain value, MEMORY into what the call
    may fill.
    """

    def prepare(arguments: tuple[Any, ...], options: dict[str, Any]) -> Prepared:
        values = capture(*arguments, **options)
        filled = () if memory is None else memory(*arguments, **options)
        return Prepared(library, name, values, outputs, filled, keep)

    return stand_in(real, prepare)
