"""Run the tests on other runtimes and processors. `make test-matrix`.

    python tests/matrix/run.py                   on every runtime; exit status 1 if any test failed
    python tests/matrix/run.py --runtime i386    on some of them
    python tests/matrix/run.py --write           and write docs/test-matrix.md

Tests the last commit. Needs Debian and root. Downloads are kept in
`$XDG_CACHE_HOME/interprocess/matrix`.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.matrix import free_threaded, musl, report, trees
from tests.matrix.runtimes import FOLDERS, PACKAGES, RUNTIMES, Runtime, UnavailableError

ROOT = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "interprocess", "matrix")
PAGE = ROOT / "docs" / "test-matrix.md"

#: Far more than the slowest takes; a test that hangs ends its run by itself before.
_LONGEST = 3600

_DESCRIBE = """
import os, platform, sys, _cffi_backend
names = {"cpython": "CPython", "pypy": "PyPy"}
print(
    names[sys.implementation.name], platform.python_version(), "on", os.uname().machine + ",",
    64 if sys.maxsize > 2**32 else 32, "bits,", sys.byteorder + "-endian,",
    *[part for part in platform.libc_ver() if part] or ["musl"],
    "and cffi", _cffi_backend.__version__,
)
"""


def main() -> int:
    """Run as the command line says; return the exit status."""
    parser = argparse.ArgumentParser(description="Run the tests on other runtimes.")
    names = [runtime.name for runtime in RUNTIMES]
    parser.add_argument("--runtime", action="append", choices=names, help="may be repeated")
    parser.add_argument("--write", action="store_true", help="write docs/test-matrix.md")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many at once")
    options = parser.parse_args()
    chosen = [r for r in RUNTIMES if r.name in (options.runtime or names)]
    # A shell's background job ignores Ctrl-C, as does all that it starts; the tests need it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as directory:
        source = Path(directory)
        commit = extract_last_commit(source)
        packages = install_packages()
        with ThreadPoolExecutor(options.jobs) as executor:
            results = []
            for result in executor.map(lambda r: run(r, commit, source, packages), chosen):
                results.append(result)
                report.save(result, CACHE)
                show(result)
    if options.write:
        known = report.saved(RUNTIMES, CACHE)
        text = report.page(known, kernel=os.uname().release, folders=FOLDERS)
        PAGE.write_text(text, "utf-8")
    return 0 if all(result.well for result in results) else 1


def extract_last_commit(directory: Path) -> str:
    """Put the files of the last commit into DIRECTORY; return the commit's short name."""
    git = ["git", "-C", str(ROOT)]
    commit = subprocess.check_output([*git, "rev-parse", "--short", "HEAD"], text=True).strip()
    archive = directory / "archive.tar"
    subprocess.run([*git, "archive", f"--output={archive}", commit], check=True)
    shutil.unpack_archive(archive, directory)
    archive.unlink()
    return commit


def install_packages() -> Path:
    """Return a directory with what the tests import, for any processor of the trees."""
    directory = CACHE / "packages"
    if not directory.exists():
        with tempfile.TemporaryDirectory(dir=CACHE) as fresh:
            python = environment(sys.executable, Path(fresh, "environment"))
            subprocess.run(
                [
                    *(str(python), "-m", "pip", "install", "--quiet", "--only-binary=:all:"),
                    *("--platform", "any", "--python-version", "3.11", "--implementation", "py"),
                    *("--target", f"{fresh}/packages", *PACKAGES),
                ],
                check=True,
            )
            Path(fresh, "packages").rename(directory)
    return directory


def environment(python: str, directory: Path, *packages: str) -> Path:
    """Return the Python of an environment in DIRECTORY, made with PYTHON, with PACKAGES in it."""
    made = directory / "bin" / "python"
    ready = directory / ".ready"
    if not ready.exists():
        subprocess.run([python, "-m", "venv", "--clear", str(directory)], check=True)
        if packages:
            command = [str(made), "-m", "pip", "install", "--quiet", *packages]
            subprocess.run(command, check=True)
        ready.touch()
    return made


def run(runtime: Runtime, commit: str, source: Path, packages: Path) -> report.Result:
    """Run the tests on one runtime; its log in the cache shows how far it is."""
    date = dt.datetime.now(dt.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    result = report.Result(runtime, "", date, commit, available=False)
    try:
        command = python(runtime, source, packages)
    except (UnavailableError, subprocess.CalledProcessError) as error:
        result.described = str(error)
        return result

    def call(log: Path, *arguments: str) -> tuple[int, str]:
        with log.open("w", encoding="utf-8") as file:
            status = subprocess.run(
                [*command, *arguments],
                cwd=source,
                env=variables(runtime),
                stdout=file,
                stderr=subprocess.STDOUT,
                timeout=_LONGEST,
                check=False,
            ).returncode
        return status, log.read_text("utf-8")

    log = CACHE / f"{runtime.name}.log"
    status, described = call(log, "-c", _DESCRIBE)
    result.described = described.strip()
    if status != 0:
        return result
    result.available = True
    start = time.monotonic()
    left_out = [f"--deselect={test}" for test in runtime.left_out]
    status, output = call(log, "-m", "pytest", "-q", "-p", "no:cacheprovider", *left_out, *FOLDERS)
    result.seconds = time.monotonic() - start
    report.read(result, output, status)
    return result


def variables(runtime: Runtime) -> dict[str, str]:
    """Return the environment variables of the tests."""
    common = {
        "HOME": "/root",
        "LC_ALL": "C.UTF-8",
        "PATH": "/usr/bin:/bin:/usr/sbin:/sbin",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return {**common, "PYTHONPATH": "/packages"} if runtime.suite else common


def python(runtime: Runtime, source: Path, packages: Path) -> list[str]:
    """Return the command that starts the RUNTIME's Python."""
    if runtime.suite:
        tree = trees.make(runtime, CACHE)
        program = musl.PYTHON if runtime.musl else "/usr/bin/python3"
        return [*trees.entering(tree, source, packages), program]
    if runtime.free_threaded:
        return [str(free_threaded.python(CACHE))]
    path = shutil.which(runtime.name)
    if not path:
        raise UnavailableError(f"apt-get install {runtime.name}")
    return [str(environment(path, CACHE / runtime.name, *PACKAGES))]


def show(result: report.Result) -> None:
    """Print the result and all deviations."""
    print(result.line())
    for item in result.failed:
        print(f"    failed: {item}")
    for item in result.skipped:
        print(f"    skipped: {item}")
    for test, reason in result.runtime.left_out.items():
        print(f"    left out: {test}: {reason}")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
