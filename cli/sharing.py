"""Shares the requests of one file among processes of this machine."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Self

from tasks.operation import REGISTRY, Operation
from tasks.runner import Answer, run

log = logging.getLogger(__name__)
_LEAST = 8
"""Requests that are worth handing to another process."""


def cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Shared:
    """Answers batches of one operation, each in as many parts as there are processes.

    The processes are forks, made at the first batch that is worth it: what the operation loaded is theirs as well.
    Where one of them dies, its batch and all later ones are answered in this process.
    """

    def __init__(self, operation: Operation, processes: int) -> None:
        self._operation = operation
        self.processes = max(1, processes) if operation.parallel else 1
        self._pool: ProcessPoolExecutor | None = None

    def __call__(self, lines: Sequence[bytes]) -> list[Answer]:
        parts = min(self.processes, len(lines) // _LEAST)
        if parts < 2:  # one part is the whole
            return run(self._operation, lines)
        if self._pool is None:
            if self._operation.load:
                self._operation.load()
            self._pool = ProcessPoolExecutor(self.processes, mp_context=get_context("fork"))
        size = -(-len(lines) // parts)
        cut = [lines[start : start + size] for start in range(0, len(lines), size)]
        try:
            return [answer for part in self._pool.map(_run, [self._operation.name] * parts, cut) for answer in part]
        except BrokenProcessPool:
            log.warning("a process died over %s: going on without others", self._operation.name)
            self.processes = 1
            return run(self._operation, lines)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool:
            self._pool.shutdown()


def _run(name: str, lines: Sequence[bytes]) -> list[Answer]:
    return run(REGISTRY[name], lines)
