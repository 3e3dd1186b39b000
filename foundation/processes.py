"""Names of processes that other processes of the same machine can check."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path


@cache
def _place() -> str:
    """The machine since it was booted, and the space in which process ids count; empty where Linux does not say."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return ""


def name_of(*pids: int) -> str:
    """One name for these processes of this machine."""
    return ":".join([_place(), *map(str, pids)])


def are_gone(name: str) -> bool:
    """Whether none of the processes is left; False where they are on another machine, and nobody here can know."""
    place, *pids = name.split(":")
    return bool(place) and place == _place() and not any(_lives(int(pid)) for pid in pids)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
