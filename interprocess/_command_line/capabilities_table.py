"""`interprocess capabilities`: the features of a platform, and reasons for missing ones."""

from __future__ import annotations

import argparse
import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess.capabilities.registry import Status


SUMMARY = "list the features of this system, and say why others are missing"

EPILOG = None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.set_defaults(run=run)
    parser.add_argument(
        "--target",
        metavar="PLATFORM",
        help="show another platform instead of this one, such as macos, freebsd or windows",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON instead of a table")
    form.add_argument(
        "--matrix", action="store_true", help="print all platforms at once, as Markdown"
    )


def run(options: argparse.Namespace) -> int:
    """Print the capabilities in the requested form."""
    from interprocess import capabilities
    from interprocess.cfg import Target

    if options.matrix:
        from interprocess.capabilities import matrix

        print(matrix.markdown(), end="")
        return 0
    target = None if options.target is None else Target.named(options.target)
    statuses = list(capabilities.for_target(target).values())
    if options.json:
        print(json.dumps([status.as_dict() for status in statuses], indent=2))
    else:
        print(table(statuses))
    return 0


def table(statuses: list[Status]) -> str:
    """Return a line for each capability: its name, yes or no, and its summary or the reason."""
    width = max(len(status.capability.name) for status in statuses)
    lines = [f"on {statuses[0].target}:"]
    for status in statuses:
        answer = "yes" if status.available else "no"
        about = status.capability.summary if status.available else status.reason
        lines.append(f"  {status.capability.name:{width}}  {answer:3}  {about}")
    return "\n".join(lines)
