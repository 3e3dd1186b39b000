"""What an operation may ask of the job that runs it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from foundation.errors import Cancelled
from schemas.progress import Progress, no_progress


def _never() -> bool:
    return False


@dataclass(frozen=True)
class Context:
    """Job ids (one a request, None outside a queue), progress and cancellation.

    An operation that wants it takes it as its second argument, `context: Context = INERT`.
    """

    job_ids: Sequence[str | None] = ()
    report: Progress = no_progress
    is_cancelled: Callable[[], bool] = field(default=_never)

    def progress(self, done: float, total: float, stage: str, message: str = "") -> None:
        """Report how far the work has come; raises `Cancelled` where the caller has taken it back."""
        self.check()
        self.report(done, total, stage, message)

    def check(self) -> None:
        """Raise `Cancelled` where the caller has taken the job back."""
        if self.is_cancelled():
            raise Cancelled("the job was cancelled while it ran")

    def at(self, positions: Sequence[int]) -> Context:
        """The same for a part of the batch."""
        ids = [self.job_ids[i] for i in positions] if self.job_ids else []
        return Context(ids, self.report, self.is_cancelled)


INERT = Context()
