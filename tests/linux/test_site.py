"""The reference has every public name once, C functions are documented, and traces are true."""

from __future__ import annotations

import importlib
import re
import shutil
import subprocess
import sys
from collections import Counter
from types import ModuleType
from typing import Any

import pytest

pytest.importorskip("pycparser", reason="reads the declarations: pip install pycparser")

from bindings import declarations, modules
from tests.portable.test_public_places import public_modules
from tests.support import PATIENCE, ROOT

EXTENSIONS = ROOT / "docs" / "_extensions"


@pytest.fixture
def extension(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Import an extension of the site's."""
    monkeypatch.syspath_prepend(EXTENSIONS)
    return importlib.import_module


@pytest.fixture
def pages(extension: Any) -> dict[str, str]:
    """The text of the reference's pages, by module."""
    pytest.importorskip("griffe", reason="griffe is not installed")
    interface = extension("api_model").Interface(str(ROOT))
    writer = extension("api").Writer(interface)
    return {path: writer.page(module) for path, module in interface.modules.items()}


def described(page: str) -> Counter[str]:
    """Return the names that a page describes as its module's, and how often."""
    heads = re.findall(r"^`{3,}\{py:(?:class|function|data)\} (\w+)", page, re.MULTILINE)
    return Counter(heads)


def test_the_reference_has_every_public_name_once(pages: dict[str, str]) -> None:
    for module in public_modules():
        names = described(pages[module.__name__])
        exported = {
            name
            for name in getattr(module, "__all__", ())
            if not isinstance(getattr(module, name), ModuleType)
        }
        assert exported <= names.keys(), f"{module.__name__}: {exported - names.keys()}"
        assert set(names.values()) <= {1}, f"{module.__name__}: {names}"


def test_the_reference_has_what_other_systems_have(pages: dict[str, str]) -> None:
    assert "PipeListener" in described(pages["interprocess.os.windows.named_pipe"])
    assert "listeners_from_launchd" in described(pages["interprocess.os.unix.socket_activation"])
    assert "peer_pidfd" in described(pages["interprocess.os.linux.local_socket"])


def test_the_reference_has_the_methods_of_both_systems(pages: dict[str, str]) -> None:
    page = pages["interprocess.local_socket"]
    stream = page[page.index("{py:class} Stream(") :]
    assert re.search(r"\{py:method\} send_fds\(.*?\n\n\*Unix only\.\*", stream, re.DOTALL)
    assert re.search(r"\{py:attribute\} handle|\{py:property\} handle", stream)


def test_every_name_has_a_description(pages: dict[str, str]) -> None:
    for path, page in pages.items():
        empty = re.findall(
            r"^`{5,}\{py:(?:method|function|class)\} (.*)\n(?::.*\n)*\n+`{5,}$", page, re.M
        )
        assert not empty, f"{path}: {empty}"


def test_every_c_function_has_its_documentation(extension: Any) -> None:
    written = "\n".join(extension("c_declarations").pages(modules.HEADERS).values())
    for header in modules.HEADERS.rglob("*.h"):
        text = header.read_text("utf-8")
        for name in re.findall(r"^[a-z_][\w\s*]*?\b(\w+)\([^;{}]*\);", text, re.MULTILINE):
            entry = rf"\b{name}\([^`]*?\)(;\n```)?\n\n(?:[^`]*?\S )?\[[^]]+\]\(https://[^)]+\)"
            assert re.search(entry, written), f"{header.name}: {name}"


def test_declarations_are_found_as_the_generator_finds_them(extension: Any) -> None:
    parts = extension("c_declarations").parts
    for module in modules.MODULES:
        found = {
            name
            for path in module.paths
            for part in parts(path.read_text("utf-8"))
            for name, _ in part.functions
        }
        assert found == {each.name for each in declarations.read(module.paths).functions}


#: What Python's version and the processor have no say in.
CALLS = re.compile(
    r"^(?:\d+: )?(socket|socketpair|bind|listen|accept4|connect|sendto|recvfrom|sendmsg|recvmsg"
    r"|recv|send|shutdown|poll|pipe2?|read|write|renameat2|renamex_np|rename|link|flock|rmdir|wait4)\((.*)$",
    re.MULTILINE,
)


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
@pytest.mark.skipif(sys.implementation.name != "cpython", reason="PyPy makes other calls")
def test_the_traces_are_what_is_asked_of_linux(tmp_path: Any) -> None:
    traces = ROOT / "docs" / "systems" / "traces"
    if subprocess.run(["strace", "true"], stderr=subprocess.DEVNULL, check=False).returncode:
        pytest.skip("strace may not trace here")
    subprocess.run(
        [sys.executable, str(traces.parent / "record.py"), "--to", str(tmp_path)],
        check=True,
        timeout=PATIENCE * 4,
    )
    for kept in traces.rglob("*.txt"):
        recorded = (tmp_path / kept.relative_to(traces)).read_text("utf-8")
        assert CALLS.findall(recorded) == CALLS.findall(kept.read_text("utf-8")), kept.name
