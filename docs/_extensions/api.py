"""Writes the reference, a page for each public module, before Sphinx reads the sources.

The pages are made from the docstrings and signatures of every system, and are not committed.
"""

from __future__ import annotations

import ast
import re
import textwrap
from pathlib import Path
from typing import Any

from api_model import SYSTEMS, Entry, Interface, Member, Module, docstring

#: What a set of systems is called; where there is no difference, nothing is said.
_CALLED = {
    ("linux",): "Linux and Android",
    ("darwin",): "macOS",
    ("win32",): "Windows",
    ("linux", "darwin"): "Unix",
    ("linux", "win32"): "Linux, Android and Windows",
    ("darwin", "win32"): "macOS and Windows",
}

_KINDS = {"class": "class", "function": "function", "attribute": "data", "type alias": "data"}


class Writer:
    """Turns what griffe has read into pages for MyST."""

    def __init__(self, interface: Interface) -> None:
        self.interface = interface
        #: Every name that is a target here, for references in docstrings.
        self.targets = set(interface.modules)
        for module in interface.modules.values():
            for entry in module.entries.values():
                self.targets.add(entry.path)
                if interface.places[entry.any.path] is entry:
                    self.targets.update(f"{entry.path}.{m.name}" for m in entry.members)

    def page(self, module: Module) -> str:
        """Return the page of a module."""
        some = next(iter(module.on.values()))
        systems = tuple(module.on)
        parts = [f"# {module.path}\n", f"```{{py:module}} {module.path}\n```\n"]
        if systems != SYSTEMS:
            parts.append(f"*Exists on {_CALLED[systems]}.*\n")
        if some.docstring:
            parts.append(self.text(str(some.docstring.value), module.path))
        elsewhere = []
        for entry in sorted(module.entries.values(), key=lambda each: each.name):
            if f"{module.path}.{entry.name}" in self.interface.modules:
                continue
            if self.interface.places[entry.any.path] is entry:
                parts.append(self.entry(entry, systems))
            else:
                elsewhere.append(self.same(entry, systems))
        if elsewhere:
            parts += ["## Documented elsewhere\n", *elsewhere]
        return "\n".join(parts)

    def entry(self, entry: Entry, systems: tuple[str, ...]) -> str:
        """Return the description of a public name of a module."""
        kind = _KINDS[entry.any.kind.value]
        body = self.described(entry.on, entry.on, systems, entry.module)
        body += [self.member(entry, member) for member in entry.members]
        head, others = _first(self.heads(entry.name, entry.on))
        system, found = next(iter(entry.on.items()))
        options = self.options(system, found, entry.module)
        return _directive(f"py:{kind}", head, options, "\n".join(others + body), 8)

    def member(self, entry: Entry, member: Member) -> str:
        """Return the description of a public name of a class."""
        system, found = next(iter(member.on.items()))
        labels = found.labels
        kind = "attribute"
        if found.is_function:
            kind = "method"
        elif "property" in labels:
            kind = "property"
        body = self.described(member.on, entry.on, tuple(entry.on), entry.path, member.name)
        options = self.options(system, found)
        options.update((label, "") for label in ("classmethod", "staticmethod") if label in labels)
        head, others = _first(self.heads(member.name, member.on))
        return _directive(f"py:{kind}", head, options, "\n".join(others + body), 5)

    def same(self, entry: Entry, systems: tuple[str, ...]) -> str:
        """Return the description of a name that another module documents."""
        place = self.interface.places[entry.any.path]
        body = [f"The same as {{py:obj}}`{place.path}`."]
        if tuple(entry.on) != systems:
            body.insert(0, f"*{_CALLED[tuple(entry.on)]} only.*\n")
        kind = _KINDS[entry.any.kind.value]
        name = entry.name
        options = {"module": entry.module, "no-contents-entry": ""}
        return _directive(f"py:{kind}", name, options, "\n".join(body), 5)

    def described(
        self,
        on: dict[str, Any],
        classes: dict[str, Any],
        systems: tuple[str, ...],
        scope: str,
        name: str = "",
    ) -> list[str]:
        """Return the text of a name, once for all systems or once for each that differs."""
        texts: dict[str, list[str]] = {}
        for system, found in on.items():
            text = docstring(classes[system], name, found) or self.twin(scope, name)
            texts.setdefault(text, []).append(system)
        parts = []
        if tuple(on) != systems:
            parts.append(f"*{_CALLED[tuple(on)]} only.*\n")
        for text, where in texts.items():
            if not text:
                continue
            if len(texts) > 1:
                parts.append(f"**On {_CALLED[tuple(where)]}:**\n")
            parts.append(self.text(text, scope) + "\n")
        return parts

    def twin(self, scope: str, name: str) -> str:
        """Return what the synchronous twin of an asynchronous class says of a method."""
        module, _, cls = scope.rpartition(".")
        module = re.sub(r"\.(asyncio|trio|anyio)$", "", module)
        entry = self.interface.modules[module].entries.get(cls) if name else None
        for member in entry.members if entry else ():
            if member.name == name:
                system, found = next(iter(member.on.items()))
                return docstring(entry.on[system], name, found) if entry else ""
        return ""

    def heads(self, name: str, on: dict[str, Any]) -> dict[str, list[str]]:
        """Return the signatures of a name, each with the systems that have it."""
        heads: dict[str, list[str]] = {}
        for system, found in on.items():
            head = name
            if found.is_function:
                head += self.parameters(found, system, bound=found.parent.is_class)
                if found.returns is not None:
                    head += f" -> {self.interface.annotation(found.returns, system)}"
            elif found.is_class:
                init = found.all_members.get("__init__") or found.all_members.get("__new__")
                init = init.final_target if init is not None and init.is_alias else init
                if init is not None and init.is_function:
                    head += self.parameters(init, system, bound=True)
            heads.setdefault(" ".join(head.split()), []).append(system)
        # A private default tells a reader nothing if another system's does.
        return dict(sorted(heads.items(), key=lambda item: "=_" in item[0].replace(" ", "")))

    def parameters(self, function: Any, system: str, bound: bool) -> str:
        """Return the parameters of a function as they are written."""
        written = []
        last = None
        skipped = bound and "staticmethod" not in function.labels
        for parameter in function.parameters:
            kind = parameter.kind.value if parameter.kind else ""
            if last == "positional-only" and kind != last and written:
                written.append("/")
            if kind == "keyword-only" and last not in ("variadic positional", "keyword-only"):
                written.append("*")
            last = kind
            if skipped:
                skipped = False
                continue
            text = {"variadic positional": "*", "variadic keyword": "**"}.get(kind, "")
            text += parameter.name
            if parameter.annotation is not None:
                text += f": {self.interface.annotation(parameter.annotation, system)}"
            if parameter.default is not None and not kind.startswith("variadic"):
                spaced = " = " if parameter.annotation is not None else "="
                text += f"{spaced}{parameter.default}"
            written.append(text)
        if last == "positional-only" and written and written[-1] != "/":
            written.append("/")
        return f"({', '.join(written)})"

    def options(self, system: str, found: Any, module: str = "") -> dict[str, str]:
        """Return the options of the directive for what was found."""
        options = {"module": module} if module else {}
        returns = str(found.returns) if found.is_function else ""
        if returns and ("async" in found.labels or returns.startswith("Coroutine[Any, Any,")):
            options["async"] = ""
        if found.is_attribute and found.annotation is not None:
            options["type"] = self.interface.annotation(found.annotation, system)
        elif found.is_attribute and found.value is not None and len(str(found.value)) < 60:
            options["value"] = str(found.value)
        return options

    def text(self, docstring: str, scope: str) -> str:
        """Return a docstring as Markdown, with what it names made into references."""
        lines: list[str] = []
        for block, is_code in _blocks(docstring):
            if is_code:
                code = textwrap.dedent(block).strip("\n")
                lines.append(f"```{_language(code)}\n{code}\n```\n")
            else:
                prose = re.sub(r"::$", ":", block, flags=re.MULTILINE)
                prose = re.sub(r"(?<![`\\])`([^`\n]+)`", lambda m: self.reference(m, scope), prose)
                lines.append(re.sub(r"`?\bdocs/([\w-]+)\.md`?", r"[](../../\1.md)", prose))
        return "\n".join(lines)

    def reference(self, match: re.Match[str], scope: str) -> str:
        """Return a name in a docstring as a reference, if it is one of ours."""
        called = match[1]
        name = called.removesuffix("()")
        module = scope if scope in self.interface.modules else scope.rpartition(".")[0]
        for full in (name, f"{scope}.{name}", f"{module}.{name}", f"interprocess.{name}"):
            if full in self.targets and full != scope:
                role = "py:mod" if full in self.interface.modules else "py:obj"
                return f"{{{role}}}`{called} <{full}>`"
        return match[0]


def _blocks(docstring: str) -> list[tuple[str, bool]]:
    """Split a docstring into prose and indented code."""
    blocks: list[tuple[str, bool]] = []
    code = False
    previous_blank = True
    in_list = False
    for line in docstring.splitlines():
        indented = line.startswith("    ")
        if line.strip():
            if indented and not in_list and (code or previous_blank):
                code = True
            else:
                code = False
                in_list = line.lstrip().startswith(("- ", "* ")) or (in_list and line[:1] == " ")
        if blocks and blocks[-1][1] == code:
            blocks[-1] = (f"{blocks[-1][0]}\n{line}", code)
        else:
            blocks.append((line, code))
        previous_blank = not line.strip()
    return blocks


def _language(code: str) -> str:
    if code.startswith(">>>"):
        return "pycon"
    try:
        ast.parse(code)
    except SyntaxError:
        return "text"
    return "python"


def _first(heads: dict[str, list[str]]) -> tuple[str, list[str]]:
    """Return the signature to show, and lines about the systems that have another one."""
    (head, _), *others = heads.items()
    if "Shutdown" in head:
        return head, []
    return head, [f"On {_CALLED[tuple(on)]}: `{_short(other)}`\n" for other, on in others]


def _short(signature: str) -> str:
    return re.sub(r"\binterprocess(\.\w+)*\.", "", signature)


def _directive(name: str, head: str, options: dict[str, str], body: str, ticks: int) -> str:
    fence = "`" * ticks
    written = "".join(f":{option}: {value}".rstrip() + "\n" for option, value in options.items())
    return f"{fence}{{{name}}} {head}\n{written}\n{body.rstrip()}\n{fence}\n"


#: The first part of a module's name after `interprocess.`, in the order of the index.
_ORDER = (
    *("local_socket", "unnamed_pipe", "messages", "standard_streams", "shared_memory", "trace"),
    *("errors", "capabilities"),
)


def _index(modules: list[str]) -> str:
    """Return the page that leads to all others."""
    groups: dict[str, list[str]] = {"Everywhere": [], "Unix": [], "Linux": [], "Windows": []}
    for path in modules:
        group = re.match(r"interprocess\.os\.(unix|linux|windows)\b", path)
        groups[group[1].capitalize() if group else "Everywhere"].append(path)
    groups["Everywhere"].sort(key=_place)
    parts = [_INDEX]
    for group, paths in groups.items():
        entries = [f"{path.partition('.')[2] or path} <{path}>" for path in paths]
        parts.append(_toctree(group, entries))
    parts.append(_toctree("Types", ["Types in signatures <types>"]))
    return "\n".join(parts)


_INDEX = """# Reference

Every public name, by module. The text is that of the docstrings, which `help()` shows as well. It
is read for every system, so readers on Linux see what Windows has, and the other way round. Where
systems differ, each has its own paragraph; a name that exists on some of them only says so.

[All names, in alphabetical order](genindex)
"""


def _place(path: str) -> tuple[int, list[str]]:
    names = path.split(".")[1:]
    known = names and names[0] in _ORDER
    return (_ORDER.index(names[0]) if known else len(_ORDER) if names else -1), names


def _toctree(caption: str, entries: list[str]) -> str:
    lines = "\n".join(entries)
    return f"```{{toctree}}\n:caption: {caption}\n:maxdepth: 1\n\n{lines}\n```\n"


def _types(interface: Interface) -> str:
    """Return the page of the types that signatures name and that are no names at run time."""
    parts = [
        "# Types in signatures",
        "These are names for the reader and for type checkers. They do not exist at run time.\n",
    ]
    for path, (found, system) in sorted(
        interface.aliases.items(), key=lambda item: (item[1][0].name, item[0])
    ):
        lines = found.lines_collection[found.filepath]
        comment: list[str] = []
        for line in reversed(lines[: found.lineno - 1]):
            if not line.lstrip().startswith("#:"):
                break
            comment.insert(0, line.lstrip()[2:].strip())
        value = interface.annotation(found.value, system)
        parts.append(f"## {found.name}\n")
        body = " ".join(comment)
        options = {"type": value, "module": path.rpartition(".")[0], "no-contents-entry": ""}
        parts.append(_directive("py:data", found.name, options, body, 5))
    return "\n".join(parts)


def write(app: Any) -> None:
    """Write the pages, touching only those that have changed."""
    directory = Path(app.srcdir) / "reference" / "modules"
    directory.mkdir(parents=True, exist_ok=True)
    interface = Interface(str(Path(app.srcdir).parent))
    writer = Writer(interface)
    pages = {module.path: writer.page(module) for module in interface.modules.values()}
    pages["types"] = _types(interface)
    pages["index"] = _index(list(interface.modules))
    written = set()
    for name, text in pages.items():
        page = directory / f"{name}.md"
        written.add(page)
        if not page.exists() or page.read_text("utf-8") != text:
            page.write_text(text, "utf-8")
    for page in set(directory.glob("*.md")) - written:
        page.unlink()


def setup(app: Any) -> dict[str, Any]:
    """Have Sphinx call us."""
    app.connect("builder-inited", write)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
