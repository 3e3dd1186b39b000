"""What every command shares: its parser's form and the way it fails."""

from __future__ import annotations

import argparse
from typing import Any, NoReturn, TypeAlias


class CommandFailed(Exception):
    """A command could not do its work; the message is the line that its user reads.

    `status` is the exit status: 1 for a failure, 2 where the command was used wrongly.
    """

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status


class Parser(argparse.ArgumentParser):
    """Keeps the line breaks of examples, takes no abbreviations, and says what is wrong in one line."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        options.setdefault("allow_abbrev", False)
        super().__init__(**options)

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


Commands: TypeAlias = "argparse._SubParsersAction[Parser]"
