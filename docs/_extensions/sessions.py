"""Writes the page of whole sessions, from the traces in `docs/traces`."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path
from typing import Any

#: The directories of traces, and what they are called.
_SYSTEMS = {"linux": "Linux", "windows": "Windows, under Wine"}

_HEAD = """# Whole sessions

Small programs, and everything that they ask of the system, recorded with `interprocess.trace`. Each
line has the thread, the call, its result and the line of the program. The timelines show both ends
of a connection side by side.
"""


def page(traces: Path) -> str:
    """Return the page."""
    parts = [_HEAD]
    for program in sorted((traces / "programs").glob("*.py")):
        title = ast.get_docstring(ast.parse(program.read_text("utf-8"))) or program.stem
        parts.append(f"## {title.splitlines()[0].rstrip('.')}\n")
        where = f"../traces/programs/{program.name}"
        parts.append(f"```{{literalinclude}} {where}\n:language: python\n```\n")
        for system, called in _SYSTEMS.items():
            if (traces / system / f"{program.stem}.txt").exists():
                where = f"../traces/{system}/{program.stem}.txt"
                timeline = f"../traces/{system}/{program.stem}.html"
                parts.append(f"### {called}: {program.stem}\n")
                options = ":class: trace\n:language: trace"
                parts.append(f"```{{literalinclude}} {where}\n{options}\n```\n")
                if (traces / system / f"{program.stem}.html").exists():
                    link = f'<p><a href="{timeline}">The timeline</a></p>'
                    parts.append(f"```{{raw}} html\n{link}\n```\n")
    return "\n".join(parts)


def write(app: Any) -> None:
    """Write the page, if there are traces, and only if it has changed."""
    traces = Path(app.srcdir) / "traces"
    if not traces.exists():
        return
    written = Path(app.srcdir) / "systems" / "sessions.md"
    text = page(traces)
    if not written.exists() or written.read_text("utf-8") != text:
        written.write_text(text, "utf-8")


def copy_timelines(app: Any, error: Exception | None) -> None:
    """Put the timelines, which are pages of their own, beside ours."""
    for system in _SYSTEMS if error is None else ():
        for timeline in (Path(app.srcdir) / "traces" / system).glob("*.html"):
            directory = Path(app.outdir) / "traces" / system
            directory.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(timeline, directory / timeline.name)


def setup(app: Any) -> dict[str, Any]:
    """Have Sphinx call us."""
    app.connect("builder-inited", write)
    app.connect("build-finished", copy_timelines)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
