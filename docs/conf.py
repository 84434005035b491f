"""How Sphinx builds the site: `make docs`."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
if TYPE_CHECKING:
    from sphinx.application import Sphinx

sys.path[:0] = [str(ROOT), str(ROOT / "docs" / "_extensions")]

from sphinx.errors import ExtensionError  # noqa: E402  # the path is set above

from interprocess import __version__  # noqa: E402  # the path is set above

project = "interprocess"
author = "the authors of interprocess"
project_copyright = author
version = release = __version__

extensions = ["myst_parser", "api", "c_declarations", "manual_pages", "sessions"]
exclude_patterns = ["_extensions", "examples"]

myst_enable_extensions = ["deflist", "colon_fence", "attrs_inline"]
myst_heading_anchors = 3
# A snippet that is not Python, C or a shell's says so itself.
highlight_language = "text"

# Every link and reference must lead somewhere; so must those that autodoc would leave alone.
nitpicky = True
suppress_warnings = ["config.cache"]
# Types in signatures that are not ours: those of Python, of optional packages and of C.
nitpick_ignore_regex = [("py:.*", r"(?!interprocess\.).*"), ("c:identifier", ".*")]
python_use_unqualified_type_names = True
python_display_short_literal_types = True
toc_object_entries_show_parents = "hide"
add_module_names = False

html_theme = "furo"
html_title = f"interprocess {version}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_theme_options = {
    "navigation_with_keys": True,
    "light_css_variables": {"color-brand-primary": "#0b5c8a", "color-brand-content": "#0b5c8a"},
    "dark_css_variables": {"color-brand-primary": "#6cb8e6", "color-brand-content": "#6cb8e6"},
}
maximum_signature_line_length = 70


def _links_of_an_included_file(_app: object, _path: object, _page: str, content: list[str]) -> None:
    """Have the links of a file above `docs` lead to pages here; others become plain text."""
    text = re.sub(r"\]\(docs/", "](", content[0])
    content[0] = re.sub(r"\[([^\]]*)\]\((?!https?:)(?![\w-]+\.md)[^)]*\)", r"\1", text).replace(
        "](CHANGELOG.md)", "](changelog.md)"
    )


def _what_exists(app: Sphinx, page: str, source: list[str]) -> None:
    """Keep entries `? page` of tables of contents, and traces, where they are there."""

    def entry(match: re.Match[str]) -> str:
        there = (app.srcdir / page).parent.joinpath(f"{match[1]}.md").exists()
        return f"{match[1]}\n" if there else ""

    def excerpt(match: re.Match[str]) -> str:
        return match[0] if (app.srcdir / page).parent.joinpath(match[1]).exists() else ""

    pattern = r"^```\{literalinclude\} (\.\./traces/\S+)\n(?:.*\n)*?```\n"
    source[0] = re.sub(pattern, excerpt, source[0], flags=re.MULTILINE)
    if not (app.srcdir / "systems" / "sessions.md").exists():
        source[0] = re.sub(r"\[([^]]*)\]\(sessions\.md\)", r"\1", source[0])
    if re.search(r"^\? ", source[0], re.MULTILINE):
        app.env.note_reread()  # The next time, others may be there.
    source[0] = re.sub(r"^\? (\S+)\n", entry, source[0], flags=re.MULTILINE)


def _nothing_is_loaded_from_elsewhere(app: Sphinx, error: Exception | None) -> None:
    """Refuse what would be loaded from other hosts: the site works without a network."""
    loading = re.compile(r"<(?:script|img|link|iframe)\b[^>]*(?:src|href)=\"(?:https?:)?//[^>]*>")
    for page in Path(app.outdir).rglob("*.html") if error is None else ():
        for found in loading.findall(page.read_text("utf-8")):
            raise ExtensionError(f"{page} loads {found}")
    for style in Path(app.outdir).rglob("*.css") if error is None else ():
        if re.search(r"(?:url\(|@import)\W*https?:", style.read_text("utf-8")):
            raise ExtensionError(f"{style} loads something from another host")


def setup(app: Sphinx) -> None:
    """Have Sphinx call us."""
    app.connect("build-finished", _nothing_is_loaded_from_elsewhere)
    app.connect("source-read", _what_exists)
    app.connect("include-read", _links_of_an_included_file)
