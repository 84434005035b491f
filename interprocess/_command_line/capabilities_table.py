"""`interprocess capabilities`: what exists on a platform, and why something does not."""

from __future__ import annotations

import argparse
import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess.capabilities.registry import Status


SUMMARY = "say what exists here, and why not"

EPILOG = None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.set_defaults(run=run)
    parser.add_argument(
        "--target",
        metavar="PLATFORM",
        help="ask about another platform, such as macos, freebsd, windows, instead of this one",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON instead of a table")
    form.add_argument(
        "--matrix", action="store_true", help="print all platforms at once, as Markdown"
    )


def run(options: argparse.Namespace) -> int:
    """Print what was asked for."""
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
    """Return a line for each capability: its name, whether it is there, what it is or why not."""
    width = max(len(status.capability.name) for status in statuses)
    lines = [f"on {statuses[0].target}:"]
    for status in statuses:
        answer = "yes" if status.available else "no"
        about = status.capability.summary if status.available else status.reason
        lines.append(f"  {status.capability.name:{width}}  {answer:3}  {about}")
    return "\n".join(lines)
