"""Understands the part of Python's command line that the tests need.

`free_threaded.py` puts this where the interpreter for frozen programs looks for its program.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import warnings

#: Options that are taken, and do nothing.
_IGNORED = ("-B", "-E", "-I", "-S", "-s", "-u", "-q")
_WITH_ARGUMENT = ("-W", "-X")


def run(name: str) -> None:
    """Do what the command line asks for."""
    # An interpreter with a command line does this by itself.
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    arguments = sys.argv[1:]
    sys.path[:0] = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    while arguments and (arguments[0] in _IGNORED or arguments[0][:2] in _WITH_ARGUMENT):
        option = arguments.pop(0)
        if option[:2] in _WITH_ARGUMENT:
            value = option[2:] or arguments.pop(0)
            if option[:2] == "-W":
                sys.warnoptions.append(value)
                warnings.simplefilter(value.partition(":")[0])  # type: ignore[arg-type]  # as given
    if not arguments:
        raise SystemExit("there is no interactive mode")
    first = arguments.pop(0)
    if first == "-c":
        code = arguments.pop(0)
        sys.argv[:] = ["-c", *arguments]
        sys.path.insert(0, "")
        module = type(sys)("__main__")
        sys.modules["__main__"] = module
        exec(compile(code, "<string>", "exec"), vars(module))
    elif first == "-m":
        sys.argv[:] = ["-m", *arguments[1:]]
        sys.path.insert(0, os.getcwd())
        runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
    else:
        sys.argv[:] = [first, *arguments]
        sys.path.insert(0, os.path.dirname(os.path.abspath(first)))
        runpy.run_path(first, run_name="__main__")
