"""`./soba down`: drain and stop what `./soba up` started; the data stays."""

from __future__ import annotations

import argparse
import os
import signal
import time
from contextlib import suppress

from cli.command import Commands

LIMIT = 75.0
_POLL = 0.1


def add_parser(commands: Commands) -> None:
    parser = commands.add_parser(
        "down",
        description="Let running jobs end, stop every process of this SOBA_HOME, and keep its data.",
        epilog="examples:\n  soba down\n  soba down --limit 10\n  SOBA_HOME=/srv/soba soba down",
    )
    parser.add_argument("--limit", type=float, default=LIMIT, help=f"seconds to drain (default {LIMIT:g})")


def run(options: argparse.Namespace) -> int:
    from cli.stack.home import Home
    from cli.stack.process import end_marked
    from foundation.settings import get_settings

    home = Home(get_settings().home)
    if not home.folder.exists():
        return _tell(f"nothing runs in {home.folder}")
    holder = home.holder()
    if holder:
        _ask(holder, signal.SIGTERM)
        deadline = time.monotonic() + options.limit
        while home.holder() == holder and time.monotonic() < deadline:
            time.sleep(_POLL)
        if home.holder() == holder:
            _tell(f"not drained in {options.limit:g} s, killing what is left")
            _ask(holder, signal.SIGKILL)
            time.sleep(_POLL)
    with home.held():
        left = end_marked(home.folder)
    return _tell("stopped" if holder or left else f"nothing runs in {home.folder}")


def _tell(message: str) -> int:
    print(f"soba: {message}", flush=True)
    return 0


def _ask(process: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, number)
