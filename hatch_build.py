"""Makes the README that the package index shows, where its relative links would lead nowhere.

A link to a file becomes one to that file in the public repository, at the release's tag, if
`[project.urls]` in pyproject.toml names the repository as `Source`. As long as it does not, the
text of the link stays, which is the file's path in the source distribution.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

#: A link of Markdown, but no image, whose target has neither a scheme nor is within the page.
_RELATIVE_LINK = re.compile(r"(?<!!)\[([^][]+)\]\((?!https?:|#)([^)\s]+)\)")


class ReadmeHook(MetadataHookInterface):
    """Sets the readme of the package's metadata."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Put the README, with its links rewritten, into METADATA."""
        text = (Path(self.root) / "README.md").read_text("utf-8")
        source = metadata.get("urls", {}).get("Source")
        metadata["readme"] = {
            "content-type": "text/markdown",
            "text": for_the_index(text, source, metadata["version"]),
        }


def for_the_index(text: str, source: str | None, version: str) -> str:
    """Return the README's TEXT with links that work everywhere."""

    def rewritten(link: re.Match[str]) -> str:
        name, target = link.groups()
        if source is None:
            return f"`{name}`" if target.startswith(name) else str(name)
        return f"[{name}]({source}/blob/v{version}/{target})"

    return _RELATIVE_LINK.sub(rewritten, text)
