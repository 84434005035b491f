"""Runs the tests on a genuine Windows CPython, under Wine. `README.md` tells more.

    bench.py install [--with-peers]   assemble the Windows Python, unless it is there
    bench.py python ARGUMENTS...      run it, the repository importable
    bench.py test [ARGUMENTS...]      run pytest on it; tests/portable and tests/windows by default
    bench.py stop                     end the Wine server of this bench

`--timeout SECONDS` before the command bounds the whole of it; its exit status is then 124.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from tests.windows_bench.assemble import Bench, current, ensure, say
from tests.windows_bench.wine import TIMED_OUT, BenchError, pin_to_one_core, run, windows_path

assert sys.platform == "linux"

REPOSITORY = Path(__file__).resolve().parent.parent.parent
#: Run when no paths are named: what is meant for Windows.
DEFAULT_TESTS = ("tests/portable", "tests/windows")
#: Seconds for a whole run.
TIMEOUT = 20 * 60.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says, and return the exit status."""
    options, rest = _parse(arguments)
    # Exceptions, like Ctrl-C, so that what we started is ended on the way out.
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)
    signal.signal(signal.SIGALRM, _expire)
    signal.setitimer(signal.ITIMER_REAL, options.timeout)
    try:
        return _do(options, rest)
    except BenchError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        return 130
    except _Expired:
        say(f"ended after {options.timeout:.0f} s, with everything that it had started")
        return TIMED_OUT


def _do(options: argparse.Namespace, rest: Sequence[str]) -> int:
    if options.command == "python":
        return run_python(rest, Path.cwd(), feed=True)
    if options.command == "test":
        return run_python(_pytest_command(rest), REPOSITORY, feed=False)
    if options.command == "install":
        say(f"ready in {ensure(with_peers=options.with_peers).directory}")
    else:
        current().wine.stop()
    return 0


def run_python(arguments: Sequence[str], directory: Path, *, feed: bool) -> int:
    """Run the Windows Python and return its exit status."""
    bench = ensure()
    pin_to_one_core()
    bench.wine.start()
    command = ["wine", str(bench.python), *arguments]
    return run(command, environment(bench), directory, feed=feed)


def environment(bench: Bench) -> dict[str, str]:
    """Return the environment of the Windows Python."""
    return bench.wine.environment(
        {
            "PYTHONPATH": windows_path(REPOSITORY),
            # Beside the bench: the repository's __pycache__ belongs to the Linux Pythons.
            "PYTHONPYCACHEPREFIX": windows_path(bench.directory / "pycache"),
            "HYPOTHESIS_STORAGE_DIRECTORY": windows_path(bench.directory / "hypothesis"),
            # How tests learn where they run.
            "INTERPROCESS_TEST_BENCH": "wine",
            # anyio's and hypothesis's plugins are not for these tests, and cost time at each start.
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        }
    )


def _pytest_command(arguments: Sequence[str]) -> list[str]:
    words = [word.partition("::")[0] for word in arguments if not word.startswith("-")]
    named = any((REPOSITORY / word).exists() for word in words)
    tests = [] if named else [path for path in DEFAULT_TESTS if (REPOSITORY / path).exists()]
    if not named and not tests:
        raise BenchError(f"there are no tests: neither {' nor '.join(DEFAULT_TESTS)} exists")
    # The repository's own cache of the last failures is about the Linux Pythons.
    cache_directory = windows_path(current().directory / "pytest_cache")
    return ["-m", "pytest", "-o", f"cache_dir={cache_directory}", *arguments, *tests]


def _parse(arguments: Sequence[str] | None) -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--timeout", type=float, default=TIMEOUT, metavar="SECONDS")
    parser.add_argument("command", choices=["install", "python", "test", "stop"])
    parser.add_argument("rest", nargs=argparse.REMAINDER)
    options = parser.parse_args(arguments)
    options.with_peers = options.command == "install" and options.rest == ["--with-peers"]
    if options.rest and not options.with_peers and options.command in ("install", "stop"):
        parser.error(f"unknown arguments: {' '.join(options.rest)}")
    return options, options.rest


class _Expired(BaseException):
    """The whole took too long."""


def _expire(number: int, frame: FrameType | None) -> None:
    raise _Expired


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
