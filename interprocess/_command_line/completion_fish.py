"""The completion script for fish."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._command_line.completion import Argument, Command

_HEAD = """\
# Completes the command lines of interprocess in fish. Generated.

complete -c interprocess -f
complete -c interprocess -s h -l help -d 'show help'
complete -c interprocess -n __fish_use_subcommand -l version -d 'show the version'
"""

_NAMES = "(interprocess list --names 2>/dev/null)"

_ARGUMENTS = {
    "name": f"-F -a {_NAMES!r}",
    "place": f"-F -a '{_NAMES} local: tcp: fifo: from-fifo: exec:'",
    "command": "-f -a '(__fish_complete_command)'",
    "file": "-F",
    "directory": "-f -a '(__fish_complete_directories)'",
    "nothing": "-f",
}


def script(commands: list[Command]) -> str:
    """Return the completion script."""
    lines = [_HEAD]
    for command in commands:
        lines.append(
            f"complete -c interprocess -n __fish_use_subcommand -a {command.name}"
            f" -d {_quoted(command.summary)}\n"
        )
        here = f"complete -c interprocess -n '__fish_seen_subcommand_from {command.name}'"
        for option in command.options:
            if "--help" in option.names:
                continue
            names = " ".join(_name(name) for name in option.names)
            value = f" -r {_values(option)}" if option.takes_value else ""
            lines.append(f"{here} {names}{value} -d {_quoted(option.help)}\n")
        lines += [f"{here} {values}\n" for values in dict.fromkeys(map(_values, command.others))]
    return "".join(lines)


def _name(name: str) -> str:
    return f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}"


def _values(argument: Argument) -> str:
    if argument.words:
        return f"-f -a {_quoted(' '.join(argument.words))}"
    return _ARGUMENTS[argument.kind]


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
