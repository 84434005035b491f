"""`interprocess completion`: completion scripts for shells, generated from the argument parser."""

from __future__ import annotations

import argparse

from interprocess._command_line.framing_names import FRAMINGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

SUMMARY = "print a completion script for a shell"

EPILOG = """\
how to load it:
bash   eval "$(interprocess completion bash)"      in ~/.bashrc
zsh    eval "$(interprocess completion zsh)"       in ~/.zshrc, after compinit
fish   interprocess completion fish | source       in ~/.config/fish/config.fish
Or store the output in a directory that the shell searches for completions.

exit status:
  0    done
  2    the command line was wrong
"""

#: How to complete an argument, by its metavar. Others, such as numbers, are not completed.
KINDS = {
    "NAME": "name",
    "LISTEN": "place",
    "TARGET": "place",
    "COMMAND": "command",
    "PROGRAM": "file",
    "FILE": "file",
    "DIRECTORY": "directory",
}

_WORDS = {"FRAMING": FRAMINGS, "FRAMING[:FRAMING]": FRAMINGS}


class Argument:
    """An option or a positional argument."""

    def __init__(self, action: argparse.Action) -> None:
        #: The names of an option; empty for a positional argument.
        self.names = list(action.option_strings)
        self.help = (action.help or "").replace("%%", "%")
        self.takes_value = action.nargs != 0
        metavar = action.metavar if isinstance(action.metavar, str) else ""
        #: The possible values, if they are known.
        choices = _WORDS.get(metavar, ()) if action.choices is None else action.choices
        self.words = [str(word) for word in choices]
        self.kind = "words" if self.words else KINDS.get(metavar, "nothing")


class Command:
    """A command with its arguments."""

    def __init__(self, name: str, summary: str, parser: argparse.ArgumentParser) -> None:
        self.name = name
        self.summary = summary
        arguments = [Argument(action) for action in parser._actions]
        self.options = [argument for argument in arguments if argument.names]
        self.others = [argument for argument in arguments if not argument.names]

    def option_names(self) -> list[str]:
        """Return the names of all options."""
        return [name for option in self.options for name in option.names]


def commands_of(parser: argparse.ArgumentParser) -> list[Command]:
    """Return the commands of the whole parser."""
    (commands,) = (
        action for action in parser._actions if isinstance(action, argparse._SubParsersAction)
    )
    summaries = {action.dest: action.help or "" for action in commands._choices_actions}
    return [Command(name, summaries[name], command) for name, command in commands.choices.items()]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.set_defaults(run=run)
    parser.add_argument(
        "shell", choices=["bash", "zsh", "fish"], help="the shell that will load the script"
    )


def run(options: argparse.Namespace) -> int:
    """Print the script."""
    from interprocess._command_line import completion_bash, completion_fish, completion_zsh

    scripts: dict[str, Callable[[list[Command]], str]] = {
        "bash": completion_bash.script,
        "zsh": completion_zsh.script,
        "fish": completion_fish.script,
    }
    print(scripts[options.shell](commands_of(options.whole_parser)), end="")
    return 0
