"""Processes that cannot be left behind: each has a session of its own and carries its stack's mark."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import psutil

from cli.setup import LEAKS, ROOT
from cli.stack.service import Service

MARK = "SOBA_STACK"
_PR_SET_PDEATHSIG = 1
_GRACE = 10.0


async def spawn(service: Service, home: Path) -> tuple[asyncio.subprocess.Process, BinaryIO]:
    """Start a service; the process, and the end of the pipe at which its output and its children's come out.

    The pipe is ours and not asyncio's, whose `wait` lasts until the last child has closed it.
    """
    inherited = {name: value for name, value in os.environ.items() if name not in (*LEAKS, "PYTHONSAFEPATH")}
    reading, writing = os.pipe()
    try:
        process = await asyncio.create_subprocess_exec(
            *service.command,
            cwd=ROOT,
            env={**inherited, **service.environment, MARK: str(home)},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=writing,
            stderr=writing,
            start_new_session=True,
            preexec_fn=_dies_with(os.getpid(), service.widowed) if sys.platform == "linux" else None,
        )
    except OSError:
        os.close(reading)
        raise
    finally:
        os.close(writing)
    return process, os.fdopen(reading, "rb", buffering=0)


def _dies_with(parent: int, number: signal.Signals) -> Callable[[], None]:
    """Have the kernel signal the new process when its parent dies (prctl(2), PR_SET_PDEATHSIG)."""
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def prepare() -> None:
        prctl(_PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:
            os._exit(1)

    return prepare


def end_group(pid: int) -> None:
    """Kill what is left of the process group that this process led."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def marked(home: Path) -> list[psutil.Process]:
    """Every process, but this one, that belongs to the stack of this home folder."""
    return [process for process in psutil.process_iter() if process.pid != os.getpid() and _mark(process) == str(home)]


def _mark(process: psutil.Process) -> str | None:
    try:
        found: str | None = process.environ().get(MARK)
    except (psutil.Error, OSError):
        return None
    return found


def end_marked(home: Path) -> int:
    """Stop what an earlier supervisor of this home folder left behind; how many they were."""
    left = marked(home)
    for process in left:
        with suppress(psutil.Error):
            process.terminate()
    _, alive = psutil.wait_procs(left, timeout=_GRACE)
    for process in alive:
        with suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(alive, timeout=_GRACE)
    return len(left)
