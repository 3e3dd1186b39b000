"""A supervisor without a terminal: whoever started it reads its words until everything is ready."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable

from cli.__main__ import guarded

_READY = b"\0ready\n"


def detached(work: Callable[[Callable[[], None]], int]) -> int:
    """Run `work` in a daemon; returns 0 once it calls its argument, or its exit status where it ends before."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _leave_terminal(writing)
        os._exit(guarded(lambda: work(_let_go)))
    os.close(writing)
    try:
        if _is_ready(reading):
            return 0
    except KeyboardInterrupt:
        os.kill(child, signal.SIGTERM)
        raise
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _is_ready(reading: int) -> bool:
    """Pass the daemon's words on until it says that it is ready; False where it ends before."""
    with os.fdopen(reading, "rb") as words:
        for line in words:
            if line == _READY:
                return True
            sys.stdout.buffer.write(line)
            sys.stdout.flush()
    return False


def _leave_terminal(writing: int) -> None:
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    _speak_to(writing)


def _speak_to(descriptor: int) -> None:
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)


def _let_go() -> None:
    sys.stdout.flush()
    os.write(1, _READY)
    _speak_to(os.open(os.devnull, os.O_WRONLY))
