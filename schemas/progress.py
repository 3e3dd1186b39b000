"""How far a long job has come."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Reports `{done, total, stage, message}`; raises `Cancelled` where the caller has taken the job back.

    Plain functions take one as an argument, so that models know nothing of queues.
    """

    def __call__(self, done: float, total: float, stage: str, message: str = "") -> None: ...


def no_progress(done: float, total: float, stage: str, message: str = "") -> None:
    """For callers who do not watch."""
