"""Names for one platform exist only there. Elsewhere, the error names the platform that has them.

The other platforms are imitated in a fresh interpreter with another `sys.platform`.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT, finish, python

#: By what `sys.platform` says, the packages of `interprocess.os` that exist.
PACKAGES = {
    "linux": ["unix", "linux"],
    "android": ["unix", "linux"],
    "darwin": ["unix"],
    "ios": ["unix"],
    "freebsd14": ["unix"],
    "openbsd7": ["unix"],
    "netbsd10": ["unix"],
    "sunos5": ["unix"],
    "cygwin": ["unix"],
    "unheardof": ["unix"],
    "win32": ["windows"],
}

LINUX = 'any(target_os = "linux", target_os = "android")'
ON_MACOS = "import sys; sys.platform = 'darwin'\n"
#: The line that `from … import AbstractNsUdSocket` fails with on macOS, but for the processor.
ABSENCE = (
    "interprocess.os.unix.local_socket.AbstractNsUdSocket does not exist on macos (ARCH):"
    f" the capability 'abstract_ns_ud_socket' needs cfg({LINUX})"
)


def run(code: str) -> list[str]:
    """Return the lines that CODE prints in a fresh interpreter."""
    with python(code) as process:
        return finish(process).splitlines()


@pytest.fixture(scope="module")
def absence() -> str:
    """The error for a name of Linux on macOS, with this machine's processor."""
    code = "from interprocess.cfg import Target; print(Target.current().arch)"
    return ABSENCE.replace("ARCH", run(code)[0])


@pytest.mark.parametrize("platform", PACKAGES)
def test_packages_exist_where_the_registry_says(platform: str) -> None:
    code = f"""if True:
        import importlib, sys
        sys.platform = {platform!r}
        from interprocess.capabilities.registry import CAPABILITIES
        from interprocess.cfg import Target
        here = Target.current()
        for name in ("unix", "linux", "windows"):
            condition = CAPABILITIES[name].condition
            try:
                importlib.import_module(f"interprocess.os.{{name}}")
            except ImportError as error:
                assert not condition.holds(here), name
                for part in (repr(name), f"cfg({{condition}})", str(here)):
                    assert part in str(error), (part, error)
                assert error.name == f"interprocess.os.{{name}}"
            else:
                assert condition.holds(here), name
                print(name)
    """
    assert run(code) == PACKAGES[platform]


def test_the_names_of_this_platform_exist() -> None:
    from interprocess.os.unix import local_socket

    assert local_socket.FilesystemUdSocket.is_supported()
    has_abstract_names = sys.platform in ("linux", "android")
    assert hasattr(local_socket, "AbstractNsUdSocket") is has_abstract_names
    assert ("AbstractNsUdSocket" in dir(local_socket)) is has_abstract_names


def test_an_absent_name_is_nowhere_to_be_seen() -> None:
    code = ON_MACOS + (
        "from interprocess.os.unix import local_socket\n"
        "print(hasattr(local_socket, 'AbstractNsUdSocket'))\n"
        "print(getattr(local_socket, 'AbstractNsUdSocket', 'nothing'))\n"
        "print('AbstractNsUdSocket' in dir(local_socket))\n"
        "print('AbstractNsUdSocket' in local_socket.__all__)\n"
        "from interprocess.os.unix.local_socket import *\n"
        "print('AbstractNsUdSocket' in globals(), 'SpecialDirUdSocket' in globals())\n"
    )
    assert run(code) == ["False", "nothing", "False", "False", "False True"]


IMPORT = "from interprocess.os.unix.local_socket import AbstractNsUdSocket"
#: Ways to write the import. An instruction for the 300th name of a module has a prefix.
IMPORTS = {
    "alone": IMPORT,
    "after others": IMPORT.replace("import A", "import Name, FilesystemUdSocket, A"),
    "renamed": f"{IMPORT} as Other",
    "in a function": f"def function():\n    {IMPORT}\nfunction()",
    "in a class": f"class Class:\n    {IMPORT}",
    "after 300 names": "\n".join(f"name_{number} = 0" for number in range(300)) + f"\n{IMPORT}",
    "while traced": f"sys.settrace(lambda *arguments: None)\n{IMPORT}",
    "again": f"try:\n    {IMPORT}\nexcept ImportError:\n    pass\n{IMPORT}",
}


@pytest.mark.parametrize("statement", IMPORTS.values(), ids=IMPORTS.keys())
def test_importing_an_absent_name_says_what_it_would_take(statement: str, absence: str) -> None:
    code = ON_MACOS + (
        f"try:\n    exec({statement!r})\n"
        "except ImportError as error:\n    print(error)\n    print(error.name)\n"
    )
    assert run(code) == [absence, "interprocess.os.unix.local_socket"]


def test_using_an_absent_name_says_the_same(absence: str) -> None:
    code = ON_MACOS + (
        "from interprocess.os.unix import local_socket\n"
        "try:\n    local_socket.AbstractNsUdSocket\n"
        "except AttributeError as error:\n    print(error)\n"
    )
    assert run(code) == [absence]


def test_a_name_that_exists_nowhere_gets_the_usual_errors() -> None:
    code = (
        "from interprocess.os.unix import local_socket\n"
        "try:\n    local_socket.Nonsense\n"
        "except AttributeError as error:\n    print(error)\n"
        "try:\n    from interprocess.os.unix.local_socket import Nonsense\n"
        "except ImportError as error:\n    print(str(error).split(' (')[0])\n"
    )
    module = "interprocess.os.unix.local_socket"
    assert run(code) == [
        f"module {module!r} has no attribute 'Nonsense'",
        f"cannot import name 'Nonsense' from {module!r}",
    ]


def test_without_frames_the_import_still_fails(absence: str) -> None:
    code = ON_MACOS + (
        "del sys._getframe\n"
        f"try:\n    {IMPORT}\n"
        "except ImportError as error:\n    print(str(error).split(' (')[0])\n"
        "from interprocess.os.unix import local_socket\n"
        "try:\n    local_socket.AbstractNsUdSocket\n"
        "except AttributeError as error:\n    print(error)\n"
    )
    module = "interprocess.os.unix.local_socket"
    assert run(code) == [f"cannot import name 'AbstractNsUdSocket' from {module!r}", absence]


@pytest.mark.skipif(importlib.util.find_spec("mypy") is None, reason="mypy is not installed")
@pytest.mark.parametrize(
    ("platform", "complaint"),
    [("linux", None), ("darwin", 'has no attribute "AbstractNsUdSocket"')],
)
def test_type_checkers_see_what_exists(
    platform: str, complaint: str | None, tmp_path: Path
) -> None:
    snippet = tmp_path / "snippet.py"
    snippet.write_text(f"{IMPORT}\n\nprint(AbstractNsUdSocket.is_supported())\n")
    checked = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent"),
            *("--config-file=", f"--cache-dir={tmp_path}", "--platform", platform, str(snippet)),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=False,
    )
    output = checked.stdout.decode()
    if complaint is None:
        assert checked.returncode == 0, output
    else:
        assert checked.returncode == 1, output
        assert complaint in output
