"""Run the snippets of a page of the documentation, as its reader would.

- A block `python` whose first line is `# name.py` is that file, in an empty directory.
- A block `console` is a session there: `$ python name.py` runs it, with `&` in the background;
  what follows is its output, in which `...` stands for anything. `$ kill %1` ends the first job,
  which then has to end well.
- Any other block `python` is a program of its own; a block `text` right behind it is its output.
- A block `py` is a piece of a program, which is compiled alone; other languages are not run.

`<!-- runs: unix; needs: aiohttp, openssl -->` at the beginning of a page says where its snippets
run (`any`, `unix`, `linux`, `windows`; `nowhere` if they are pieces, which are compiled alone), and
which modules and programs they need; `root`, `passing` (of descriptors or handles) and
`owner-of-pipes` and `first-instance`, which Wine lacks, count as well. `<!-- runs: by section -->`
says that each section is run alone, as a page of its own, and may have such a line of its own.
A line `<!-- unix -->` above a block says that it is not for Windows.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from doctest import ELLIPSIS, OutputChecker
from pathlib import Path
from time import monotonic, sleep

import pytest

from interprocess import capabilities
from tests.support import PATIENCE, ROOT, unique
from tests.windows.wine import IS_WINE

_BLOCK = re.compile(
    r"^(?P<only><!-- unix -->\n)?(?P<indent> *)```(?P<language>\w+)\n(?P<code>.*?)^(?P=indent)```$",
    re.DOTALL | re.MULTILINE,
)
_FILE = re.compile(r"# ([\w-]+\.py)\n")
_HEADER = re.compile(r"<!-- runs: (\w+)(?:; needs: ([\w, -]+))? -->")
_SECTION = re.compile(r"^## (.*)\n((?:(?!## ).*\n)*)", re.MULTILINE)

#: What pages need and Wine lacks.
_LACKING_ON_WINE = {
    "owner-of-pipes": "a pipe whose descriptor names no owner belongs to a group",
    "first-instance": "FILE_FLAG_FIRST_PIPE_INSTANCE is ignored: a second listener gets the name",
}


@dataclass
class Block:
    """A piece of code on a page."""

    language: str
    code: str
    start: int
    end: int


@dataclass
class Page:
    """A page or a section of it, and the directory in which its snippets run."""

    path: Path
    directory: Path
    #: The heading of the one section that is run; empty for the whole page.
    section: str = ""
    jobs: list[subprocess.Popen[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Read the page, with a name of our own for that of the examples."""
        text = self.path.read_text("utf-8")
        if self.section:
            text = dict(_SECTION.findall(text))[self.section]
        self.header = _HEADER.search(text)
        self.nowhere = self.header is not None and self.header[1] == "nowhere"
        name = unique("page")
        self.blocks = []
        for match in _BLOCK.finditer(text):
            if match["only"] and sys.platform == "win32":
                continue
            lines = match["code"].splitlines(keepends=True)
            lines = [line[len(match["indent"]) :] for line in lines]
            code = re.sub(r"(?<![./\w-])example\b(?!s)", name, "".join(lines))
            self.blocks.append(Block(match["language"], code, match.start(), match.end()))

    def check_needs(self) -> None:
        """Skip the test where the page does not run."""
        if self.header is None:
            return
        systems = {"linux": ("linux",), "windows": ("win32",)}.get(self.header[1])
        if systems and sys.platform not in systems:
            pytest.skip(f"the page is for {self.header[1]}")
        if self.header[1] == "unix" and sys.platform == "win32":
            pytest.skip("the page is for Unix")
        for need in filter(None, (self.header[2] or "").split(", ")):
            if need == "root":
                if sys.platform == "win32" or os.geteuid() != 0:
                    pytest.skip("the page needs root")
            elif need == "passing":
                if sys.platform != "win32" and not capabilities.available("send_fds"):
                    pytest.skip("this system hands over no descriptors")
            elif "INTERPROCESS_IMITATED_KERNEL" in os.environ:
                pytest.skip(f"{need} is that of Linux")
            elif need in _LACKING_ON_WINE:
                if IS_WINE:
                    pytest.skip(f"Wine: {_LACKING_ON_WINE[need]}")
            elif importlib.util.find_spec(need) is None and shutil.which(need) is None:
                pytest.skip(f"{need} is not installed")

    def run(self) -> None:
        """Run all snippets in their order."""
        followed = dict(zip(map(id, self.blocks), self.blocks[1:]))
        try:
            for block in self.blocks:
                if block.language == "console":
                    self._session(block)
                elif block.language == "py" or self.nowhere:
                    compile(block.code, str(self.path), "exec")
                elif block.language == "python":
                    self._python(block, followed.get(id(block)))
        finally:
            for job in self.jobs:
                _kill(job)
                job.communicate()

    def _python(self, block: Block, after: Block | None) -> None:
        compile(block.code, str(self.path), "exec")
        file = _FILE.match(block.code)
        if file:
            (self.directory / file[1]).write_text(block.code, "utf-8")
            return
        done = self._finish(self._start([sys.executable, "-c", block.code]))
        near = after is not None and after.language == "text" and after.start - block.end < 80
        if after is not None and near:
            self._compare(after.code, done, block.code)

    def _session(self, block: Block) -> None:
        for command, expected in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block.code, re.M):
            if command.startswith("kill %") and sys.platform == "win32":
                continue  # There are no signals; the job ends with the test.
            if command.startswith("kill %"):
                self._compare(expected, self._kill(int(command[6:])), command)
            elif command.endswith("&"):
                self.jobs.append(self._start(self._words(command[:-1])))
            else:
                self._compare(expected, self._retried(self._words(command)), command)

    def _words(self, command: str) -> list[str]:
        words = shlex.split(command)
        if words[0] == "python":
            return [sys.executable, *words[1:]]
        if words[0] == "interprocess":
            return [sys.executable, "-m", *words]
        return words

    def _start(self, words: list[str]) -> subprocess.Popen[str]:
        path = os.pathsep.join([str(ROOT), *sys.path])
        return subprocess.Popen(
            words,
            cwd=self.directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"},
            text=True,
            encoding="utf-8",
            start_new_session=sys.platform != "win32",
        )

    def _finish(self, process: subprocess.Popen[str]) -> str:
        try:
            output, _ = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            _kill(process)
            output, _ = process.communicate()
        assert process.returncode == 0, output
        return output

    def _retried(self, words: list[str]) -> str:
        """Run a command, again if a server in the background is not there yet."""
        end = monotonic() + PATIENCE
        while True:
            try:
                return self._finish(self._start(words))
            except AssertionError:
                dead = [job for job in self.jobs if job.poll() not in (None, 0)]
                if not self.jobs or dead or monotonic() > end:
                    raise
                sleep(0.05)

    def _kill(self, number: int) -> str:
        job = self.jobs[number - 1]
        job.send_signal(signal.SIGTERM)
        return self._finish(job)

    def _compare(self, expected: str, output: str, what: str) -> None:
        if not expected:
            return
        output = output.replace("\r\n", "\n")
        assert OutputChecker().check_output(expected, output, ELLIPSIS), (
            f"{what}\nis to print\n{expected}\nand printed\n{output}"
        )


def _kill(process: subprocess.Popen[str]) -> None:
    """Kill a process, and what it has started."""
    if sys.platform == "win32":
        process.kill()
        return
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


#: Pages whose snippets other tests run, each with an arrangement of its own.
TESTED_ELSEWHERE = {
    "asynchronous.md": "portable/asynchronous/test_documentation.py",
    "daemons.md": "unix/test_socket_file_owners.py",
    "gevent.md": "unix/test_gevent.py",
    "messages.md": "portable/test_messages_documentation.py",
    "one-instance.md": "portable/test_one_instance.py",
    "sockets.md": "portable/test_socket_recipes.py",
    "started-by-others.md": "unix/test_started_by_others.py",
    "standard-streams.md": "portable/asynchronous/test_standard_streams.py",
}


def pages() -> list[tuple[Path, str]]:
    """Return every page of the documentation that has snippets and is run here.

    Each with the heading of a section if its sections are run alone, otherwise with "".
    """
    docs = ROOT / "docs"
    found = []
    for path in sorted(docs.rglob("*.md")):
        text = path.read_text("utf-8")
        sections = [("", text)]
        if text.startswith("<!-- runs: by section -->"):
            sections = _SECTION.findall(text)
        if (
            "modules" not in path.parts
            and path.relative_to(docs).as_posix() not in TESTED_ELSEWHERE
        ):
            found += [
                (path, section)
                for section, part in sections
                if re.search(r"^ *```(python|console)$", part, re.MULTILINE)
            ]
    return found
