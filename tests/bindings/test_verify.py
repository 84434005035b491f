"""The verifier finds nothing wrong with the declarations, and finds every fault planted in them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("pycparser", reason="reads the declarations: pip install pycparser")
pytest.importorskip("ziglang", reason="the C headers of every target: pip install ziglang")
import cffi

from bindings import declarations, verify
from bindings.checks import Value, checks
from bindings.compiler import Compiler, CompilerError
from bindings.layouts import can_lay_out, generated, layouts
from bindings.modules import MODULES
from bindings.targets import TARGETS, Target

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def compiler(tmp_path: Path) -> Compiler:
    return Compiler(tmp_path)


def target_called(name: str) -> Target:
    return next(target for target in TARGETS if target.name == name)


#: Each plants one fault: the target, its module, what is replaced by what, and the report.
PLANTED = [
    pytest.param(
        *("x86_64-linux-gnu", "_libc_linux"),
        *("pid_t pid;\n    uid_t uid;", "uid_t uid;\n    pid_t pid;"),
        r"struct ucred\.pid: offset: ours is 4, true is 0",
        id="swapped fields",
    ),
    pytest.param(
        *(
            "x86_64-linux-gnu",
            "_libc_linux",
            "#define SO_PEERGROUPS 59",
            "#define SO_PEERGROUPS 60",
        ),
        "SO_PEERGROUPS: ours is 60, true is 59",
        id="constant off by one",
    ),
    pytest.param(
        *("x86_64-linux-gnu", "_libc_linux", "char sun_path[108]", "char sun_path[104]"),
        r"struct sockaddr_un\.sun_path: size: ours is 104, true is 108",
        id="array too short",
    ),
    pytest.param(
        *("x86_64-linux-gnu", "_libc_linux", "char sun_path[108]", "unsigned char sun_path[108]"),
        r"struct sockaddr_un\.sun_path: element's signedness: ours is 0, true is 1",
        id="unsigned elements",
    ),
    pytest.param(
        *("x86_64-linux-gnu", "_libc_linux", "struct iovec *msg_iov", "int *msg_iov"),
        r"struct msghdr\.msg_iov: type: ours is int \*, true is .*'struct iovec \*'",
        id="pointer to something else",
    ),
    pytest.param(
        *("x86_64-windows-gnu", "_ntdll", "uint16_t FileName[260]", "int16_t FileName[260]"),
        r"FILE_NAME_INFORMATION\.FileName: element's signedness: ours is 1, true is 0",
        id="signed elements on Windows",
    ),
    pytest.param(
        *("x86_64-linux-gnu", "_libc_linux", "fchmod(int fd, mode_t", "fchmod(int fd, mode_t *"),
        r"fchmod\(\): ours is fchmod, true is incompatible function pointer types",
        id="wrong argument type",
    ),
    pytest.param(
        *("aarch64-macos-none", "_libc_darwin", "fchmod(int fd, mode_t", "fchmod(int fd, short"),
        r"fchmod\(\): ours is fchmod, true is incompatible function pointer types",
        id="wrong signedness",
    ),
    pytest.param(
        *(
            "x86_64-linux-gnu",
            "_libc_linux",
            "int pipe2(int fds[2], int flags)",
            "int pipe2(int *)",
        ),
        r"pipe2\(\): ours is pipe2, true is incompatible function pointer types",
        id="missing argument",
    ),
    pytest.param(
        *("aarch64-macos-none", "_libc_darwin", "int renamex_np(", "int renamex_mp("),
        r"renamex_mp\(\): ours is renamex_mp, true is use of undeclared identifier 'renamex_mp'",
        id="missing function",
    ),
    pytest.param(
        *("x86_64-netbsd-none", "_libc_netbsd", "socket __socket30", "socket __socket31"),
        r"socket\(\): ours is __socket31, true is __socket30",
        id="renamed symbol",
    ),
    pytest.param(
        *("x86_64-netbsd-none", "_libc_netbsd"),
        *("#pragma redefine_extname socket __socket30", ""),
        r"socket\(\): ours is socket, true is __socket30",
        id="plain symbol",
    ),
    pytest.param(
        *(
            "x86_64-openbsd-none",
            "_libc_openbsd",
            "typedef unsigned int mode_t",
            "typedef int mode_t",
        ),
        "mode_t: signedness: ours is 1, true is 0",
        id="signed type",
    ),
    pytest.param(
        *("x86_64-windows-gnu", "_kernel32", "CloseHandle(intptr_t", "CloseHandle(uint32_t"),
        r"CloseHandle\(\): ours is i32 CloseHandle\(i32\), true is i32 CloseHandle\(i64\)",
        id="handle too narrow on Windows",
    ),
    pytest.param(
        *("x86-windows-gnu", "_kernel32", "int32_t CloseHandle(", "int32_t CloseHandles("),
        r"CloseHandles\(\): ours is .*, true is use of undeclared identifier 'CloseHandles'",
        id="missing function on Windows",
    ),
    pytest.param(
        *("x86_64-windows-gnu", "_kernel32"),
        *("uint32_t WaitForSingleObject(", "int32_t WaitForSingleObject("),
        r"WaitForSingleObject\(\): types: ours is int32_t WaitForSingleObject\(.*Alike<",
        id="signed result on Windows",
    ),
    pytest.param(
        *("x86-windows-gnu", "_kernel32"),
        *(
            "GetHandleInformation(intptr_t hObject, uint32_t *",
            "GetHandleInformation(intptr_t h, short *",
        ),
        r"GetHandleInformation\(\): types: ours is .*short \*",
        id="pointer to something else on Windows",
    ),
    pytest.param(
        *("x86_64-windows-gnu", "_kernel32", "CloseHandle(intptr_t", "CloseHandle(uintptr_t"),
        r"CloseHandle\(\): types: ours is ",
        id="unsigned handle on Windows",
    ),
    pytest.param(
        *("x86_64-windows-gnu", "_advapi32", "void **Sid)", "void *Sid)"),
        r"ConvertStringSidToSidW\(\): types: ours is ",
        id="pointer to nothing in particular on Windows",
    ),
    pytest.param(
        *(
            "x86_64-windows-gnu",
            "_kernel32",
            "int32_t CancelIoEx(intptr_t hFile, struct OVERLAPPED *",
        ),
        "int32_t CancelIoEx(intptr_t hFile, struct SECURITY_ATTRIBUTES *",
        r"CancelIoEx\(\): types: ours is ",
        id="another structure on Windows",
    ),
    pytest.param(
        *("x86-windows-gnu", "_kernel32", "uintptr_t Internal;", "intptr_t Internal;"),
        r"OVERLAPPED\.Internal: type: ours is intptr_t Internal, true is ",
        id="signed field on Windows",
    ),
]


@pytest.mark.parametrize(("name", "module", "old", "new", "report"), PLANTED)
def test_planted_fault_is_caught(
    compiler: Compiler, name: str, module: str, old: str, new: str, report: str
) -> None:
    paths = next(m.paths for m in MODULES if m.name == module)
    text = "\n".join(path.read_text("utf-8") for path in paths)
    target = target_called(name)
    sound = verify.faults(compiler, target, declarations.parse(text))
    assert sound == []
    assert old in text
    faults = verify.faults(compiler, target, declarations.parse(text.replace(old, new)))
    assert any(re.match(report, str(fault)) for fault in faults), faults


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("x86_64-linux-gnu", "_libc_linux"),
        ("mips-linux-musleabi", "_linux_mips"),
        ("aarch64-macos-none", "_libc_darwin"),
        ("x86_64-freebsd-none", "_libc_freebsd"),
        ("x86_64-netbsd-none", "_libc_netbsd"),
        ("x86_64-openbsd-none", "_libc_openbsd"),
        ("x86_64-windows-gnu", "_kernel32"),
    ],
)
def test_every_constant_is_checked(compiler: Compiler, name: str, module: str) -> None:
    declared = verify.declarations_of([module])
    wrong = {constant: value + 1 for constant, value in declared.constants.items()}
    faults = verify.faults(compiler, target_called(name), replace(declared, constants=wrong))
    assert {fault.declaration for fault in faults} >= set(wrong)


@pytest.mark.parametrize(
    ("name", "modules"),
    [
        ("mips-linux-gnueabi", "_libc_linux"),
        ("sparc64-linux-gnu", "_libc_linux"),
        ("s390x-linux-musl", "_libc_linux_musl_64"),
        ("x86-linux-musl", "_libc_linux_musl_64"),
        ("x86_64-linux-musl", "_libc_linux"),
        ("riscv32-linux-gnu", "_libc_linux"),
        ("arm-freebsd-eabihf", "_libc_freebsd"),
    ],
)
def test_another_variant_would_be_wrong(compiler: Compiler, name: str, modules: str) -> None:
    target = target_called(name)
    assert verify.verify(compiler, target).faults == []
    declared = verify.declarations_of([modules])
    assert verify.faults(compiler, target, declared)


def test_compiler_answers_what_it_can(compiler: Compiler) -> None:
    questions = [Value("1 + 1"), Value("NOT_DECLARED"), Value("-3")]
    two, nothing, three = compiler.ask(target_called("x86_64-linux-musl"), "", questions)
    assert (two, three) == (2, -3)
    assert "NOT_DECLARED" in str(nothing)


def test_missing_header_is_an_error_of_the_target(compiler: Compiler) -> None:
    with pytest.raises(CompilerError, match=r"no_such_header\.h"):
        compiler.ask(target_called("x86_64-linux-musl"), "#include <no_such_header.h>\n", [])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("int fd;\n    short events;", "short events;\n    int fd;"),
        ("char sun_path[108]", "char sun_path[107]"),
        ("size_t msg_iovlen", "unsigned int msg_iovlen"),
    ],
)
def test_what_cffi_lays_out_otherwise_is_caught(compiler: Compiler, old: str, new: str) -> None:
    target = target_called("x86_64-linux-gnu")
    if not can_lay_out(verify.facts(compiler, target)):
        pytest.skip("cffi lays out for this processor")
    declared = verify.declarations_of(["_libc_linux"])

    def faults(text: str) -> list[verify.Fault]:
        ffi = cffi.FFI()
        ffi.cdef(text)
        report = verify.Report(target.name)
        verify.answer(compiler, target, declared, list(layouts(ffi, declared)), report)
        assert report.checked > 20
        return report.faults

    assert faults(declared.text) == []
    assert old in declared.text
    assert any(" in cffi" in fault.declaration for fault in faults(declared.text.replace(old, new)))


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("powerpc64-freebsd-none", "_libc_freebsd"),
        ("s390x-linux-musl", "_libc_linux_musl_64_big_endian"),
        ("x86_64-windows-gnu", "_kernel32"),
    ],
)
def test_the_layout_in_cffi_is_checked(compiler: Compiler, name: str, module: str) -> None:
    target = target_called(name)
    known = verify.facts(compiler, target)
    if not can_lay_out(known):
        pytest.skip("cffi lays out for this processor")
    declared = verify.declarations_of([module])
    plain = len(list(checks(declared, windows=target.system == "win32")))
    report = verify.verify(compiler, target)
    assert report.faults == []
    assert report.checked >= plain + len(list(layouts(generated(module), declared)))


def test_a_weak_function_that_is_nowhere_is_caught(
    compiler: Compiler, monkeypatch: pytest.MonkeyPatch
) -> None:
    targets = [target_called(f"x86_64-linux-{library}") for library in ("gnu", "musl")]
    paths = next(m.paths for m in MODULES if m.name == "_libc_linux")
    text = "\n".join(path.read_text("utf-8") for path in paths)

    def reports() -> list[verify.Report]:
        return [verify.verify(compiler, target) for target in targets]

    sound = reports()
    assert [report.weak["renameat2()"] for report in sound] == [True, False]
    assert verify.nowhere(sound) == []
    misspelled = declarations.parse(text.replace("renameat2", "renameat3"))
    monkeypatch.setattr(verify, "declarations_of", lambda _: misspelled)
    monkeypatch.setattr(verify, "can_lay_out", lambda _: False)  # These are glibc's structures.
    assert list(map(str, verify.nowhere(reports()))) == [
        "renameat3(): ours is weak, true is on no target"
    ]


@pytest.mark.parametrize(
    ("name", "processor"),
    [
        ("mips64el-linux-muslabin32", "mips"),
        ("sparc64-linux-gnu", "sparc"),
        ("powerpc64le-linux-gnu", "powerpc"),
        ("powerpc-linux-musleabi", "powerpc"),
        ("aarch64-linux-musl", "arm"),
        ("thumbeb-linux-musleabi", "arm"),
        ("m68k-linux-gnu", "arm"),
        ("s390x-linux-gnu", ""),
        ("riscv32-linux-musl", ""),
        ("x86_64-linux-gnux32", ""),
    ],
)
def test_processors_are_told_by_their_constants(
    compiler: Compiler, name: str, processor: str
) -> None:
    assert verify.facts(compiler, target_called(name)).processor == processor


def test_command_line() -> None:
    command = [sys.executable, "bindings/verify.py"]

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
        )

    listed = run("--list")
    assert listed.returncode == 0
    assert "x86_64-linux-gnu" in listed.stdout
    assert "alpha-linux-gnu: " in listed.stdout
    report = run("--json", "--target", "x86_64-linux-*", "--target", "*-macos-none")
    assert report.returncode == 0
    found = json.loads(report.stdout)
    assert {"x86_64-linux-musl", "aarch64-macos-none"} <= {entry["target"] for entry in found}
    assert all(entry["checked"] > 100 and entry["faults"] == [] for entry in found)
    for known in ([], ["--target", "x86_64-linux-gnu"]):
        mistaken = run(*known, "--target", "no-such-target")
        assert mistaken.returncode == 2
        assert "no target is called no-such-target; see --list" in mistaken.stderr
