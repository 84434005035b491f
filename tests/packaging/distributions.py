"""What is published: the source distribution and the wheel, and what they have to be."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Sequence
from email.message import Message
from email.parser import Parser
from pathlib import Path

#: Of the wheel, besides the package.
METADATA_FILES = {
    "METADATA",
    "RECORD",
    "WHEEL",
    "entry_points.txt",
    "licenses/LICENSE",
    "licenses/LICENSE-0BSD",
    "licenses/LICENSE-APACHE",
}

#: Versions of Python that the tests run on, which the classifiers name one by one.
MINORS = range(9, 15)

#: Of the repository, what the source distribution does not have.
LEFT_OUT = (".ci/", ".editorconfig", ".gitattributes")

#: A link of Markdown, with its text and its target.
_LINK = re.compile(r"\[([^][]+)\]\(([^)\s]+)\)")

#: Uses a socket, and tells where the package lies.
_USE = """
import interprocess, sys
with interprocess.listen() as listener, interprocess.connect(listener.name) as client:
    with listener.accept() as server:
        client.send_all(b"x")
        assert server.recv(1) == b"x"
print(interprocess.__file__, interprocess.__version__)
"""


class WrongError(Exception):
    """A distribution is not as it should be; the message says how."""


class Distributions:
    """The two distributions of a tree, built into `dist` of a directory."""

    def __init__(self, root: Path, build: Path, version: str) -> None:
        self.root = root
        self.directory = build
        self.stem = f"pyinterprocess-{version}"
        self.source = build / "dist" / f"{self.stem}.tar.gz"
        self.wheel = build / "dist" / f"{self.stem}-py3-none-any.whl"
        self.unpacked = build / self.stem

    def build(self) -> None:
        """Build the source distribution, and the wheel from it; unpack the former."""
        shutil.rmtree(self.directory, ignore_errors=True)
        self.run(sys.executable, "-m", "build", "--outdir", self.source.parent, self.root)
        found = sorted(self.source.parent.iterdir())
        if found != sorted([self.source, self.wheel]):
            raise WrongError(f"{found} were built")
        with tarfile.open(self.source) as archive:
            archive.extractall(self.directory)

    def check_with_twine(self) -> None:
        """Have twine look at both."""
        self.run(sys.executable, "-m", "twine", "check", "--strict", self.source, self.wheel)

    def check_wheel(self) -> None:
        """Compare the wheel's files with those of the package in the repository."""
        with zipfile.ZipFile(self.wheel) as archive:
            found = set(archive.namelist())
        metadata = {f"{self.stem}.dist-info/{name}" for name in METADATA_FILES}
        package = {name for name in self.files() if name.startswith("interprocess/")}
        kinds = {Path(name).suffix for name in package}
        if kinds != {".py", ".pyi", ".typed"}:
            raise WrongError(f"the package has files of the kinds {kinds}: tell docs/frozen.md")
        _compare(found, package | metadata)

    def check_source(self) -> None:
        """Compare the source distribution's files with those of the repository."""
        paths = (path.relative_to(self.unpacked) for path in self.unpacked.rglob("*"))
        found = {path.as_posix() for path in paths if not (self.unpacked / path).is_dir()}
        wanted = {name for name in self.files() if not name.startswith(LEFT_OUT)}
        _compare(found, wanted | {"PKG-INFO"})

    def check_metadata(self) -> None:
        """Check what the package index shows: versions of Python, and where things are."""
        metadata = self.metadata()
        classifiers = metadata.get_all("Classifier") or []
        prefix = "Programming Language :: Python :: 3."
        versions = [line.removeprefix(prefix) for line in classifiers if line.startswith(prefix)]
        if versions != [str(minor) for minor in MINORS]:
            raise WrongError(f"the classifiers name Python 3.{versions}, not {MINORS}")
        if metadata["Requires-Python"] != f">=3.{MINORS[0]}":
            raise WrongError(f"Requires-Python is {metadata['Requires-Python']}")
        urls = dict(url.split(", ", 1) for url in metadata.get_all("Project-URL") or [])
        if "Homepage" not in urls or not all(url.startswith("https://") for url in urls.values()):
            raise WrongError(f"the project's URLs are {urls}")
        always = [
            line for line in metadata.get_all("Requires-Dist") or [] if "extra ==" not in line
        ]
        if [line[:4] for line in always] != ["cffi"]:
            raise WrongError(f"it needs {always}, not only cffi")

    def check_links(self) -> None:
        """Check the links on the index, and those of the documents beside the README."""
        text = self.metadata().get_payload()
        assert isinstance(text, str)
        relative = [link for link in _LINK.findall(text) if not link[1].startswith("https://")]
        if relative:
            raise WrongError(f"links that lead nowhere on the package index: {relative}")
        for document in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"):
            for name, target in _LINK.findall((self.root / document).read_text("utf-8")):
                path, _, anchor = target.partition("#")
                if "://" in target:
                    continue
                file = self.root / (path or document)
                if not file.exists() or (anchor and anchor not in anchors(file)):
                    raise WrongError(f"{document}: [{name}]({target}) leads nowhere")

    def check_installed(self) -> None:
        """Use the wheel in a fresh environment, as a user does."""
        python = self.environment("user", self.wheel)
        output = self.run(python, "-I", "-c", _USE)
        place, version = output.split()[-2:]
        if "site-packages" not in place or version != self.stem.partition("-")[2]:
            raise WrongError(f"installed was {version} at {place}")
        self.run(python.with_name("interprocess"), "capabilities")

    def check_types(self) -> None:
        """Check the public types of the installed wheel."""
        wheel = f"pyinterprocess[trio,anyio] @ {self.wheel.as_uri()}"
        python = self.environment("types", wheel, "pyright[nodejs]", "types-cffi")
        self.run(python, self.unpacked / "tests" / "packaging" / "public_types.py")

    def run_tests(self, tests: Sequence[str]) -> None:
        """Run the tests of the unpacked source distribution."""
        python = self.environment("tests", f"{self.unpacked}[dev]")
        options = ("-q", "-p", "no:cacheprovider")
        self.run(python, "-m", "pytest", *options, *tests, directory=self.unpacked)

    def environment(self, name: str, *requirements: str | Path) -> Path:
        """Return the Python of a new environment that has what is required."""
        directory = self.directory / "environments" / name
        self.run(sys.executable, "-m", "venv", "--clear", directory)
        python = directory / "bin" / "python"
        pip = (python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
        self.run(*pip, *requirements)
        return python

    def metadata(self) -> Message:
        """Return the wheel's metadata."""
        with zipfile.ZipFile(self.wheel) as archive:
            text = archive.read(f"{self.stem}.dist-info/METADATA").decode("utf-8")
        return Parser().parsestr(text)

    def files(self) -> set[str]:
        """Return the files of the repository, with those that are yet to be added."""
        command = ("git", "ls-files", "--cached", "--others", "--exclude-standard")
        names = self.run(*command, directory=self.root).splitlines()
        return {name for name in names if (self.root / name).exists()}

    def run(self, *command: str | Path, directory: Path | None = None) -> str:
        """Run a command and return its output; raise `WrongError` with that if it fails."""
        completed = subprocess.run(
            [str(word) for word in command],
            cwd=directory or self.directory.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if completed.returncode:
            raise WrongError(f"{' '.join(map(str, command))}\n{completed.stdout}")
        return completed.stdout


def anchors(document: Path) -> set[str]:
    """Return the anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", document.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _compare(found: set[str], wanted: set[str]) -> None:
    if found != wanted:
        missing, too_many = sorted(wanted - found), sorted(found - wanted)
        raise WrongError(f"missing: {missing}; too many: {too_many}")
