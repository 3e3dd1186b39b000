"""`./soba`: every command of the project.

A command is a file `cli/<command>.py` with two functions, and a line in COMMANDS:

    def add_parser(commands: Commands) -> None: ...   # commands.add_parser("name", ...), with examples in its epilog
    def run(options: argparse.Namespace) -> int: ...  # the exit status

Only the file of the command that was asked for is imported, so that one command never pays for another's imports.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Sequence

from cli.command import CommandFailed, Parser
from foundation.errors import SobaError

COMMANDS = {
    "up": "start everything on this machine and keep it running",
    "down": "drain and stop what ./soba up started",
    "test": "run every check and test, Python and Node",
    "call": "run an operation on JSON requests",
    "train": "train a model; it serves once it beats the one that does",
    "models": "list model versions with their metrics; promote one, or roll back",
    "model": "add a translation model: convert, measure, register",
    "memory": "import translations from i18n files, list what the memory holds",
    "logs": "show what the processes print",
    "doctor": "say what is wrong here, and the command that mends it",
    "replay": "list failed jobs (the dead letters) and run them again",
    "bench": "run a benchmark beside its peers",
    "schemas": "generate JSON Schemas, OpenAPI, TypeScript types and the API reference",
}
FAILED, MISUSED, INTERRUPTED = 1, 2, 130


def parser_for(arguments: Sequence[str]) -> Parser:
    """The parser of every command, in full for the command that is asked for."""
    parser = Parser(prog="soba", description="Machine learning behind a DEX backend: start it, call it, look after it.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, title="commands")
    asked = next((argument for argument in arguments if not argument.startswith("-")), None)
    for name, summary in COMMANDS.items():
        if name == asked:
            importlib.import_module(f"cli.{name}").add_parser(commands)
        else:
            commands.add_parser(name, help=summary)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command."""
    arguments = sys.argv[1:] if arguments is None else arguments
    options = parser_for(arguments).parse_args(arguments)
    command = importlib.import_module(f"cli.{options.command}")
    return guarded(lambda: command.run(options))


def guarded(work: Callable[[], int]) -> int:
    """The exit status of `work`; whatever goes wrong is one line on the standard error, never a traceback."""
    try:
        return work()
    except CommandFailed as failure:
        return say(str(failure), failure.status)
    except SobaError as error:
        return say(f"{error.code}: {error.message}", FAILED if error.retryable else MISUSED)
    except KeyboardInterrupt:
        return say("interrupted", INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has gone; nothing is left to say
        return FAILED
    except OSError as error:
        return say(str(error), FAILED)


def say(message: str, status: int) -> int:
    print(f"soba: {message}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
