"""Writes the reference of the C declarations, from the headers in `bindings`."""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from c_documentation import documentation

_PIECE = re.compile(
    r"/\*(?P<comment>.*?)\*/"
    r"|(?P<structure>^(?:struct|union)\b[^;]*?\{.*?^\};)"
    r"|^\#define\s+(?P<constant>\w+)\s+(?P<value>\S+)$"
    r"|^(?P<type>typedef\b[^;]*;)"
    r"|^\#pragma\s+(?P<pragma>.*?)$"
    r"|^(?P<function>[a-z_][\w\s\*]*?\b(?P<name>\w+)\([^;{}]*\));"
    r"|(?P<blank>\n{2,})",
    re.DOTALL | re.MULTILINE,
)

#: Title, text, and the patterns of the headers, in their order; the first page that fits has one.
_PAGES = {
    "unix": (
        "Every Unix",
        "The functions, structures and constants that are the same on all Unix systems.",
        ("libc/unix.h", "libc/unix_atomic.h", "libc/unix_types.h"),
    ),
    "linux": (
        "Linux",
        (
            "Linux differs by C library and by processor: the headers after the first one have "
            "only what is different there."
        ),
        ("libc/linux.h", "libc/linux_glibc.h", "libc/linux_musl*.h", "libc/linux*.h"),
    ),
    "bsd": (
        "macOS and the BSDs",
        "Addresses begin with their length here, and credentials have a structure of their own.",
        ("libc/bsd*.h", "libc/darwin*.h", "libc/freebsd*.h", "libc/netbsd*.h", "libc/openbsd*.h"),
    ),
    "other": (
        "illumos, Solaris and unknown systems",
        "What is assumed of a Unix that is none of the others.",
        ("libc/unix_*.h",),
    ),
    "windows": (
        "Windows",
        (
            "Handles are numbers of the size of a pointer. The other types have C's names of fixed "
            "width."
        ),
        ("windows/kernel32.h", "windows/process.h", "windows/*.h"),
    ),
}


@dataclass
class Part:
    """What a header says under one comment."""

    comment: str
    functions: list[tuple[str, str]] = field(default_factory=list)
    code: list[str] = field(default_factory=list)
    constants: list[tuple[str, str]] = field(default_factory=list)


def parts(text: str) -> list[Part]:
    """Return the declarations of a header, under the comments that stand before them."""
    found = [Part("")]
    for match in _PIECE.finditer(text):
        kind = match.lastgroup
        if match["comment"] is not None:
            lines = [re.sub(r"^\s*\* ?", "", line) for line in match["comment"].splitlines()]
            found.append(Part("\n".join(lines).strip()))
        elif match["function"] is not None:
            found[-1].functions.append((match["name"], " ".join(match["function"].split())))
        elif match["constant"] is not None:
            found[-1].constants.append((match["constant"], match["value"]))
        elif match["structure"] or match["type"]:
            found[-1].code.append(match["structure"] or match["type"])
        elif kind == "blank" and (found[-1].functions or found[-1].code or found[-1].constants):
            found.append(Part(""))
    return found


def _section(header: str, text: str, seen: set[str]) -> str:
    lines = [f"## {header}\n"]
    for index, part in enumerate(parts(text)):
        comment = part.comment
        if not (part.functions or part.code or part.constants):
            if comment and index == 1:
                lines.append(_introduction(comment))
            elif comment and len(comment) < 60:
                lines.append(f"### {comment}\n")
            continue
        for name, declaration in part.functions:
            links = documentation(name, header, comment or _near(text, name))
            body = re.sub(r"\s*[\w ,()]*\(\d\w?\)$|\s*\w+ (function|structure)$", "", comment)
            body = f"{body} " if body else ""
            body += " · ".join(f"[{title}]({address})" for title, address in links)
            head = (
                "```c\n{0};\n```\n\n{1}\n"
                if name in seen
                else "```{{c:function}} {0}\n\n{1}\n```\n"
            )
            seen.add(name)
            lines.append(head.format(declaration, body))
        if part.code:
            code = "\n\n".join(part.code)
            lines.append(
                (f"{comment}\n\n" if comment and not part.functions else "")
                + f"```c\n{code}\n```\n"
            )
        if part.constants:
            if comment and not part.functions and not part.code:
                lines.append(f"{comment}\n")
            names = "\n".join(f"#define {name} {value}" for name, value in part.constants)
            lines.append(f"```c\n{names}\n```\n")
    return "\n".join(lines)


def _near(text: str, name: str) -> str:
    """Return the last comment before a function that shares it with those above it."""
    before = text[: text.rindex(f"{name}(")]
    return " ".join(before.rpartition("/*")[2].partition("*/")[0].split())


def _introduction(comment: str) -> str:
    """Return the first comment of a header, with its indented lines as they are."""
    written = ""
    indented = False
    for line in comment.splitlines():
        if line.startswith("    ") != indented:
            indented = not indented
            written += "\n\n```c\n" if indented else "```\n\n"
        written += f"{line.strip()}\n"
    return written + ("```\n" if indented else "")


def pages(bindings: Path) -> dict[str, str]:
    """Return the text of every page."""
    written = {}
    seen: set[str] = set()
    headers = sorted(f"{p.parent.name}/{p.name}" for p in bindings.rglob("*.h"))
    for name, (title, text, patterns) in _PAGES.items():
        sections = []
        for pattern in patterns:
            for header in fnmatch.filter(headers, pattern):
                headers.remove(header)
                code = (bindings / header).read_text("utf-8")
                sections.append(_section(header, code, seen))
        written[name] = "\n".join([f"# {title}\n", text + "\n", *sections])
    if headers:
        raise LookupError(f"docs/_extensions/c_declarations.py has no page for {headers}")
    entries = "\n".join(_PAGES)
    written["index"] = f"{_INDEX}\n```{{toctree}}\n:maxdepth: 1\n\n{entries}\n```\n"
    return written


_INDEX = """# The C functions

Everything that the package asks of the systems, as it declares it: the signature of each C
function, what it is for, and a link to its documentation. These are the declarations in
`bindings/`, from which the modules in `interprocess/_bindings` are generated. `make verify-
bindings` compares them with the real headers of every system.

Where one of Python's own functions makes the very same call, that one is used: `os.unlink`,
`os.mkfifo`, `socket.socket.recv` and so on. A [trace](../index.md) shows both.
"""


def write(app: Any) -> None:
    """Write the pages, touching only those that have changed."""
    directory = Path(app.srcdir) / "systems" / "declarations"
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in pages(Path(app.srcdir).parent / "bindings").items():
        page = directory / f"{name}.md"
        if not page.exists() or page.read_text("utf-8") != text:
            page.write_text(text, "utf-8")


def setup(app: Any) -> dict[str, Any]:
    """Have Sphinx call us."""
    app.connect("builder-inited", write)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
