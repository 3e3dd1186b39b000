"""Runs the commands of the set-up with one line of progress each; what they print is shown only where they fail."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

from cli.command import CommandFailed

_TAIL = 30
_WIDTH = 70


def tell(message: str) -> None:
    """A line for whoever watches; never on the standard output, which belongs to answers."""
    print(f"soba: {message}", file=sys.stderr, flush=True)


def show(
    title: str,
    command: Sequence[str],
    *,
    mend: str,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Run `command`; raises CommandFailed with its last lines and the way to mend it where it fails."""
    tell(f"{title} ...")
    began, tail = time.monotonic(), deque[str](maxlen=_TAIL)
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout
        for line in process.stdout:
            tail.append(line.rstrip())
            _flash(tail[-1])
    _flash("")
    if process.returncode:
        raise CommandFailed(f"{title}: failed with status {process.returncode}; {mend}\n" + "\n".join(tail))
    tell(f"{title}: done in {time.monotonic() - began:.0f} s")


def _flash(line: str) -> None:
    """Show the running command's last line in place, where a person watches."""
    if sys.stderr.isatty():
        print(f"\r\033[K{line[:_WIDTH]}", end="", file=sys.stderr, flush=True)
