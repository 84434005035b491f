"""The completion script for zsh."""

from __future__ import annotations

import re
import shlex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._command_line.completion import Argument, Command

_TEMPLATE = r"""#compdef interprocess
# Completes the command lines of interprocess in zsh. Generated.

_interprocess_names() {
    local -a names
    names=(${(f)"$(_call_program names command interprocess list --names 2>/dev/null)"})
    _alternative 'names:name:compadd -a names' 'files:file:_files'
}

_interprocess_places() {
    if compset -P 'exec:'; then
        _command_names
    elif compset -P '(from-|)fifo:'; then
        _files
    elif compset -P 'local:'; then
        _interprocess_names
    else
        _interprocess_names
        compadd -S '' -- local: tcp: fifo: from-fifo: exec:
    fi
}

_interprocess() {
    local curcontext=$curcontext state line
    local -a commands
    commands=(
@COMMANDS@
    )
    _arguments -C \
        '(- *)'{-h,--help}'[show help]' \
        '(- *)--version[show the version]' \
        '1:command:->command' \
        '*::argument:->arguments'
    case $state in
        command) _describe -t commands command commands ;;
        arguments)
            case $line[1] in
@ARGUMENTS@
            esac
            ;;
    esac
}

if [[ $funcstack[1] == _interprocess ]]; then
    _interprocess "$@"
else
    compdef _interprocess interprocess
fi
"""

_FUNCTIONS = {
    "name": "_interprocess_names",
    "place": "_interprocess_places",
    "command": "_command_names",
    "file": "_files",
    "directory": "_files -/",
    "nothing": " ",
}


def script(commands: list[Command]) -> str:
    """Return the completion script."""
    names = (
        f"        {shlex.quote(f'{command.name}:{_plain(command.summary)}')}"
        for command in commands
    )
    arguments = (
        " \\\n                        ".join(
            [f"                {command.name}) _arguments -s", *_specifications(command)]
        )
        + " ;;"
        for command in commands
    )
    text = _TEMPLATE.replace("@COMMANDS@", "\n".join(names))
    return text.replace("@ARGUMENTS@", "\n".join(arguments))


def _specifications(command: Command) -> list[str]:
    words = []
    for option in command.options:
        exclusive = f"({' '.join(option.names)})" if len(option.names) > 1 else ""
        value = f":value:{_values(option)}" if option.takes_value else ""
        words += [
            shlex.quote(f"{exclusive}{name}[{_plain(option.help)}]{value}") for name in option.names
        ]
    if command.others:
        words += [shlex.quote(f"*:argument:{_values(command.others[-1])}")]
    return words


def _values(argument: Argument) -> str:
    return f"({' '.join(argument.words)})" if argument.words else _FUNCTIONS[argument.kind]


def _plain(text: str) -> str:
    """Return TEXT without characters that are special in a specification."""
    return re.sub(r"[\[\]:\\]", " ", text)
