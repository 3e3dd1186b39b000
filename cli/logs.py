"""`./soba logs`: what the processes of a stack print, together and prefixed."""

from __future__ import annotations

import argparse
import os
import time
from collections import deque
from pathlib import Path
from typing import BinaryIO

from cli.command import CommandFailed, Commands

EXAMPLES = """examples:
  soba logs
  soba logs worker-fraud bridge -n 100
  soba logs --follow
"""
_POLL = 0.3


def add_parser(commands: Commands) -> None:
    parser = commands.add_parser(
        "logs",
        description="Show the last lines of each process of this SOBA_HOME, running or not.",
        epilog=EXAMPLES,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="of these processes alone; soba is the supervisor")
    parser.add_argument("-n", "--lines", type=int, default=10, help="lines of each (default 10)")
    parser.add_argument("-f", "--follow", action="store_true", help="go on with what they print from now on")


def run(options: argparse.Namespace) -> int:
    from foundation.settings import get_settings

    folder = get_settings().home / "logs"
    found = {file.stem: file for file in sorted(folder.glob("*.log"))}
    if strange := [name for name in options.names if name not in found]:
        there = ", ".join(found) or "none"
        raise CommandFailed(f"no log of {', '.join(strange)} in {folder}; there are {there}", status=2)
    tails = [Tail(name, found[name]) for name in options.names or found]
    for tail in tails:
        tail.print(options.lines)
    while options.follow:
        time.sleep(_POLL)
        for tail in tails:
            tail.print()
    return 0


class Tail:
    """One growing file; begins anew where it was turned over."""

    def __init__(self, name: str, path: Path) -> None:
        self._name, self._path = name, path
        self._file: BinaryIO = path.open("rb")

    def close(self) -> None:
        self._file.close()

    def print(self, last: int | None = None) -> None:
        """What was added since the last time, or the `last` lines of it."""
        if not os.path.samestat(self._path.stat(), os.fstat(self._file.fileno())):
            self.close()
            self._file = self._path.open("rb")
        for line in deque(self._file, maxlen=last):
            print(f"{self._name:<17} | {line.decode(errors='replace')}", end="", flush=True)
