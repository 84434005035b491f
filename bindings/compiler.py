"""Ask the C compiler in the package `ziglang`, which has the headers of every target."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Union

from bindings.checks import OURS, Alike, Type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bindings.checks import Question
    from bindings.targets import Target

#: A value, a symbol, or the compiler's error for the question.
Answer = Union[int, str, "Complaint"]


class Complaint(str):
    """A compiler's error message."""

    __slots__ = ()


class CompilerError(Exception):
    """The compiler cannot answer any question."""


_VALUE = re.compile(r"^@ask_(\d+) = .*?\bi64 (-?\d+)", re.MULTILINE)
_SYMBOL = re.compile(r"^define [^\n]*@ask_(\d+)\(\)[^}]*?ret ptr @(\S+?),?$", re.MULTILINE)
_DECLARATION = re.compile(
    r"^declare (?:dso_local |dllimport |noundef )*([^@]*?) @(\S+?)\((.*)\) #\d+$", re.MULTILINE
)
_ERROR = re.compile(r"^program\.c:(\d+):\d+: (?:fatal )?error: (.*)$", re.MULTILINE)

#: Errors come in rounds: those of one may hide others.
_MOST_ROUNDS = 5


class Compiler:
    """Compiles questions for any target, only to the compiler's own notation."""

    def __init__(self, directory: Path) -> None:
        """Work in DIRECTORY; raises `ImportError` where `ziglang` is not installed."""
        import ziglang  # type: ignore[import-not-found, import-untyped, unused-ignore]

        self._home = Path(ziglang.__file__).parent
        self._directory = directory

    def ask(self, target: Target, preamble: str, questions: Sequence[Question]) -> list[Answer]:
        """Return an answer for each question, in their order."""
        answers = self._ask(target, "c", preamble, questions)
        cxx = [i for i, question in enumerate(questions) if isinstance(question, Alike)]
        if cxx:
            found = self._ask(target, "c++", preamble, [questions[i] for i in cxx])
            for i, answer in zip(cxx, found):
                answers[i] = answer
        return answers

    def _ask(
        self, target: Target, language: str, preamble: str, questions: Sequence[Question]
    ) -> list[Answer]:
        """Return an answer for each question in LANGUAGE."""
        first = preamble.count("\n") + 2
        lines = [
            question.line(f"ask_{i}") if isinstance(question, Alike) == (language == "c++") else ""
            for i, question in enumerate(questions)
        ]
        answers: dict[int, Answer] = {}
        for _ in range(_MOST_ROUNDS):
            notation, errors = self._compile(
                target, language, f"{preamble}\n" + "\n".join(lines) + "\n"
            )
            if not errors:
                break
            for number, message in errors:
                if not first <= number < first + len(lines):
                    raise CompilerError(f"{target.name}: {message}")
                answers.setdefault(number - first, Complaint(message))
                lines[number - first] = ""
        for i, value in _VALUE.findall(notation):
            question = questions[int(i)]
            answers[int(i)] = (
                question.declared if isinstance(question, (Type, Alike)) else int(value)
            )
        conventions = _conventions(target, notation) if target.system == "win32" else {}
        for i, name in _SYMBOL.findall(notation):
            symbol = _plain(target, name)
            answers[int(i)] = conventions.get(symbol, symbol)
        return [answers.get(i, Complaint("no answer")) for i in range(len(questions))]

    def _compile(
        self, target: Target, language: str, program: str
    ) -> tuple[str, list[tuple[int, str]]]:
        """Return the program in LLVM's notation, or the errors with their lines."""
        directory = self._directory / target.name
        directory.mkdir(exist_ok=True)
        directory.joinpath("program.c").write_text(program, "utf-8")
        result = subprocess.run(
            [
                *(str(self._home / "zig"), "cc", "-target", target.triple),
                *self._options(target),
                *(("-x", "c++", "-std=c++20") if language == "c++" else ("-x", "c")),
                # Without -S the compiler would build the C library first.
                *("-S", "-emit-llvm", "-g0", "-w", "-ferror-limit=0", "-fno-caret-diagnostics"),
                *("-o", "program.ll", "program.c"),
            ],
            cwd=directory,
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode == 0:
            return directory.joinpath("program.ll").read_text("utf-8"), []
        errors = [(int(line), text) for line, text in _ERROR.findall(result.stderr)]
        if not errors:
            raise CompilerError(f"{target.name}: {result.stderr.strip()}")
        return "", errors

    def _options(self, target: Target) -> list[str]:
        options = ["-D_GNU_SOURCE"] if target.system == "linux" else []
        for option in target.options:
            if option != "isystem":
                options.append(f"-D_{option}=64")
                continue
            headers = self._home / "lib" / "libc" / "include"
            for name in (
                "powerpc-linux-gnu",
                "generic-glibc",
                "powerpc-linux-any",
                "any-linux-any",
            ):
                options += ["-isystem", str(headers / name)]
        return options


def _conventions(target: Target, notation: str) -> dict[str, str]:
    """Return how each function is called, treating pointers as numbers of their width."""
    pointer = "i64" if "64" in target.triple.partition("-")[0] else "i32"
    found = {}
    for result, name, parameters in _DECLARATION.findall(notation):
        kinds = [parameter.split()[0] for parameter in parameters.split(", ") if parameter]
        symbol = _plain(target, name)
        text = f"{result} {symbol.replace(OURS, '', 1)}({', '.join(kinds)})"
        found[symbol] = re.sub(r"\bptr\b", pointer, text)
    return found


def _plain(target: Target, symbol: str) -> str:
    """Return a symbol as `dlsym` takes it, without the object format's prefix."""
    symbol = symbol.strip('"')
    if not symbol.startswith("\\01"):
        return symbol
    symbol = symbol[3:]
    if target.system == "darwin":
        return symbol[1:]
    if target.system == "win32":
        return re.sub(r"^_(\w+)@\d+$", r"\1", symbol)
    return symbol
