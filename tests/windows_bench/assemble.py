"""Assembles the Windows Python: programs, downloads, layout, Wine prefix.

PyPI has no Windows interpreter as such, but the wheel of panda3d carries one, for the programs that
people freeze with it: the DLL, and the extension modules. What is missing is python.exe, which
`launcher.c` is, and the standard library's Python files, which are the same on every system and
come from a Linux Python on this machine.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from tests.windows_bench.wine import BenchError, Wine, run

HERE = Path(__file__).resolve().parent
PINS = HERE / "pins.txt"
PEERS = HERE / "peers.txt"
LAUNCHER = HERE / "launcher.c"
#: A change in any of them is another bench.
INGREDIENTS = (PINS, LAUNCHER, LAUNCHER.with_suffix(".rc"), HERE / "assemble.py")

#: Minor versions of Python 3, best first. Those after the first stand in where its standard library
#: is not on the machine: 11 is Debian 12's own. `pins.txt` has the files for each.
MINORS = (12, 11, 13)
#: Programs, and the Debian packages that bring them.
PROGRAMS = {
    "wine": ("wine", "wine64"),
    "wineserver": ("wine", "wine64"),
    "x86_64-w64-mingw32-gcc": ("gcc-mingw-w64-x86-64",),
}
#: Of the standard library: compiled for Linux, or large and of no use here.
NOT_COPIED = (
    "lib-dynload", "site-packages", "dist-packages", "test", "idlelib", "config-*", "__pycache__",
    "sitecustomize.py", "*.so",
)  # fmt: skip
#: Of the wheel's DLLs: the api-ms-win-* are parts of Windows, and so of Wine.
DLLS = ("python3*.dll", "vcruntime*.dll", "libffi*.dll", "libcrypto*.dll", "libssl*.dll", "sqlite*")
#: Asks Windows through an interface that Wine lacks, and kills the process: platform.uname() calls
#: it, and does without when it is not there.
FATAL = "_wmi.pyd"

#: Appended to trio's module, where it takes the place of the first definition. trio asks for the
#: socket below a layered one when it starts. Wine has no layers, and no such question (10045).
TRIO_MODULE = "trio/_core/_io_windows.py"
TRIO_PATCH = """

def _get_underlying_socket(sock, *, which=None):  # by tests/windows_bench
    return _handle(sock.fileno() if hasattr(sock, "fileno") else sock)
"""

#: Shows that what was assembled works.
SELF_TEST = """
import _cffi_backend, _overlapped, anyio, hypothesis, pytest, ssl, sqlite3, sys, trio
assert sys.platform == "win32" and sys.getwindowsversion()[:2] == (10, 0)
"""


@dataclass(frozen=True)
class Bench:
    """Where an assembled bench lies."""

    directory: Path

    @property
    def python(self) -> Path:
        return self.directory / "python" / "python.exe"

    @property
    def site_packages(self) -> Path:
        return self.directory / "python" / "Lib" / "site-packages"

    @property
    def wine(self) -> Wine:
        return Wine(self.directory / "prefix")


def cache() -> Path:
    """Return the directory of all benches of this user."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home).resolve() / "interprocess" / "windows-bench"


def current() -> Bench:
    """Return the bench that this source tree uses, assembled or not."""
    minor, _ = standard_library()
    return Bench(cache() / f"cp3{minor}-{_digest(*INGREDIENTS)}")


def ensure(*, with_peers: bool = False) -> Bench:
    """Return the current bench, assembled first if it is not there."""
    bench = current()
    if not bench.directory.is_dir():
        with _lock():
            if not bench.directory.is_dir():  # another run may have been faster
                _assemble(bench)
    stamp = bench.directory / f"peers-{_digest(PEERS)}"
    if with_peers and not stamp.exists():
        with _lock():
            _unpack(_download(PEERS, _minor(bench)), bench.site_packages)
            stamp.touch()
    install_programs()
    return bench


def install_programs() -> None:
    """Install what is missing of Wine and the compiler."""
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    _install_packages(sorted({package for program in missing for package in PROGRAMS[program]}))


def standard_library() -> tuple[int, Path]:
    """Return the minor version and the directory of the standard library to use."""
    for minor in MINORS:
        for prefix in _python_prefixes(minor):
            library = prefix / "lib" / f"python3.{minor}"
            # A module for Windows: some distributions leave these out, or whole parts.
            if (library / "asyncio" / "windows_events.py").is_file():
                return minor, library
    versions = ", ".join(f"3.{minor}" for minor in MINORS)
    raise BenchError(f"no Linux Python {versions} to take the standard library from")


def _python_prefixes(minor: int) -> Iterator[Path]:
    yield Path(sys.base_prefix)
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted(pyenv.glob(f"versions/3.{minor}.*"))
    yield from sorted(Path.home().glob(f".local/share/uv/python/cpython-3.{minor}.*"))
    yield from (Path("/usr/local"), Path("/usr"))


def _assemble(bench: Bench) -> None:
    """Assemble BENCH beside its place and move it there, so that it is whole or not there."""
    began = time.monotonic()
    install_programs()
    draft = Bench(cache() / "draft")
    if draft.directory.exists():  # an earlier attempt was interrupted
        draft.wine.stop()
        shutil.rmtree(draft.directory)
    minor, library = standard_library()
    say(f"assembling {bench.directory} with the standard library of {library}")
    _lay_out_python(draft, minor, library)
    say("making the Wine prefix")
    try:
        _make_prefix(draft)
    finally:
        draft.wine.stop()
    draft.directory.rename(bench.directory)
    say(f"assembled in {time.monotonic() - began:.0f} s")


def _lay_out_python(draft: Bench, minor: int, library: Path) -> None:
    root = draft.python.parent
    shutil.copytree(library, root / "Lib", ignore=shutil.ignore_patterns(*NOT_COPIED))
    wheels = _download(PINS, minor)
    interpreter = [wheel for wheel in wheels if wheel.name.startswith("panda3d-")]
    _unpack_interpreter(interpreter[0], root)
    _unpack([wheel for wheel in wheels if wheel not in interpreter], draft.site_packages)
    with (draft.site_packages / TRIO_MODULE).open("a") as module:
        module.write(TRIO_PATCH)
    _compile_launcher(draft.python, minor)


def _compile_launcher(executable: Path, minor: int) -> None:
    resources = executable.with_name("launcher.o")
    library = f'-DPYTHON_DLL=L"python3{minor}.dll"'
    _watched(["x86_64-w64-mingw32-windres", LAUNCHER.with_suffix(".rc"), resources])
    _watched(
        ["x86_64-w64-mingw32-gcc", "-municode", library, LAUNCHER, resources, "-o", executable]
    )
    resources.unlink()


def _unpack_interpreter(wheel: Path, root: Path) -> None:
    (root / "DLLs").mkdir()
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.namelist():
            folder, _, name = member.rpartition("/")
            if folder != "deploy_libs" or name == FATAL:
                continue
            if name.endswith(".pyd"):
                (root / "DLLs" / name).write_bytes(archive.read(member))
            elif any(fnmatch(name.lower(), pattern) for pattern in DLLS):
                (root / name).write_bytes(archive.read(member))


def _unpack(wheels: Sequence[Path], site_packages: Path) -> None:
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(site_packages)


def _make_prefix(draft: Bench) -> None:
    draft.wine.prefix.mkdir()
    draft.wine.call("wineboot", "-i")
    draft.wine.call("winecfg", "-v", "win10")  # it says Windows 7 otherwise
    draft.wine.start()
    command = ["wine", str(draft.python), "-c", SELF_TEST]
    status = run(command, draft.wine.environment(), draft.directory, 120)
    if status:
        raise BenchError(f"the assembled Python does not work: status {status}")


def _download(pins: Path, minor: int) -> list[Path]:
    """Return the wheels that PINS name, downloaded unless they have been."""
    wheels = cache() / f"wheels-cp3{minor}-{_digest(pins)}"
    if wheels.is_dir():
        return sorted(wheels.glob("*.whl"))
    draft = cache() / "draft-wheels"
    shutil.rmtree(draft, ignore_errors=True)
    say(f"downloading what {pins.name} names")
    _watched(
        [
            *_pip(), "download", "--quiet", "--disable-pip-version-check", "--no-deps",
            "--require-hashes", "--only-binary=:all:", "--platform", "win_amd64",
            "--implementation", "cp", "--python-version", f"3.{minor}", "--dest", draft,
            "--requirement", pins,
        ]
    )  # fmt: skip
    draft.rename(wheels)
    return sorted(wheels.glob("*.whl"))


def _pip() -> list[str]:
    """Return a command that is pip; Debian has Pythons without."""
    candidates = [[python, "-m", "pip"] for python in (sys.executable, "/usr/bin/python3")]
    for attempt in (1, 2):
        for command in candidates:
            try:
                _watched([*command, "--version"])
            except BenchError:
                continue
            return command
        if attempt == 1:
            _install_packages(["python3-pip"])
    raise BenchError("there is no pip")


def _install_packages(packages: Sequence[str]) -> None:
    if not packages:
        return
    if sys.platform == "win32":  # mypy checks this file for it too
        raise NotImplementedError
    install = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise BenchError(f"packages are missing; as root on Debian: {' '.join(install)}")
    say(f"installing {' '.join(packages)}")
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    _watched(["apt-get", "update"])
    _watched(install)


def _watched(command: Sequence[str | Path], seconds: float = 900) -> None:
    """Run a Linux program that is quiet unless it fails."""
    words = [str(word) for word in command]
    try:
        subprocess.run(
            words,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
        )
    except FileNotFoundError:
        raise BenchError(f"{words[0]} is not installed") from None
    except subprocess.TimeoutExpired:
        raise BenchError(f"`{' '.join(words)}` took more than {seconds:.0f} s") from None
    except subprocess.CalledProcessError as error:
        raise BenchError(f"`{' '.join(words)}` failed:\n{error.stdout}") from None


@contextmanager
def _lock() -> Iterator[None]:
    """Let one process at a time change the cache; the system frees the lock of one that dies."""
    if sys.platform == "win32":  # mypy checks this file for it too
        raise NotImplementedError
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another process that assembles a bench")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _digest(*paths: Path) -> str:
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in paths)).hexdigest()[:12]


def _minor(bench: Bench) -> int:
    return int(bench.directory.name.partition("-")[0][len("cp3") :])


def say(message: str) -> None:
    """Tell the user, on standard error, what goes on."""
    print(f"windows bench: {message}", file=sys.stderr, flush=True)
