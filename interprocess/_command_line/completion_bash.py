"""The completion script for bash 3.2 and later."""

from __future__ import annotations

import shlex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess._command_line.completion import Argument, Command

_TEMPLATE = r"""# Completes the command lines of interprocess in bash. Generated.

_interprocess_words() {
    local word
    for word in "${@:2}"; do
        [[ $word != "$1"* ]] || COMPREPLY+=("$word")
    done
}

# Each line is a name with arbitrary characters, so the shell must not expand it.
_interprocess_names() {
    local name
    while IFS= read -r name; do
        [[ $name != "$1"* ]] || COMPREPLY+=("$(printf %q "$name")")
    done < <(command "$program" list --names 2>/dev/null)
}

# If this finds nothing, bash completes file names.
_interprocess_kind() {
    case $1 in
        name)
            _interprocess_names "$2"
            ;;
        place)
            _interprocess_names "$2"
            _interprocess_words "$2" local: tcp: fifo: from-fifo: exec:
            [[ ${COMPREPLY[0]} != *: ]] || compopt -o nospace 2>/dev/null
            ;;
        command)
            COMPREPLY=($(compgen -c -- "$2"))
            ;;
        directory)
            compopt -o dirnames +o default 2>/dev/null
            ;;
        nothing)
            compopt +o default 2>/dev/null
            ;;
    esac
}

_interprocess() {
    local program=$1 current=$2 command= option= at=$COMP_CWORD i
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
            @COMMANDS@) command=${COMP_WORDS[i]}; break ;;
        esac
    done
    # bash treats = and : as separate words.
    if [[ ${COMP_WORDS[at]} == [=:] ]]; then
        current=
    elif [[ ${COMP_WORDS[at - 1]} == [=:] ]]; then
        ((at--))
    fi
    option=${COMP_WORDS[at - 1]}
    if [[ ${COMP_WORDS[at]} == : ]]; then
        case $option in
            exec) _interprocess_kind command "$current"; return ;;
            fifo | from-fifo) _interprocess_kind file "$current"; return ;;
            local) _interprocess_kind name "$current"; return ;;
            tcp) return ;;
        esac
    fi
    case $command$option in
@OPTIONS@
    esac
    case $command,$current in
@ARGUMENTS@
    esac
}

complete -o default -F _interprocess interprocess
"""


def script(commands: list[Command]) -> str:
    """Return the completion script."""
    options = [
        f"        {_either(command.name, option)}) {_call(option)}; return ;;"
        for command in commands
        for option in command.options
        if option.takes_value
    ]
    names = [command.name for command in commands]
    arguments = [f'        ,*) _interprocess_words "$current" {_quoted([*names, *_COMMON])} ;;']
    for command in commands:
        words = _quoted(command.option_names())
        arguments.append(f'        {command.name},-*) _interprocess_words "$current" {words} ;;')
        calls = "; ".join(dict.fromkeys(map(_call, command.others))) or ":"
        arguments.append(f"        {command.name},*) {calls} ;;")
    text = _TEMPLATE.replace("@COMMANDS@", " | ".join(names))
    text = text.replace("@OPTIONS@", "\n".join(options))
    return text.replace("@ARGUMENTS@", "\n".join(arguments))


#: The options of the program itself.
_COMMON = ("--help", "--version")


def _either(command: str, option: Argument) -> str:
    return " | ".join(command + name for name in option.names)


def _call(argument: Argument) -> str:
    if argument.words:
        return f'_interprocess_words "$current" {_quoted(argument.words)}'
    return f'_interprocess_kind {argument.kind} "$current"'


def _quoted(words: list[str]) -> str:
    return " ".join(map(shlex.quote, words))
