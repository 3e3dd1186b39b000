"""What runs when: each entry's function names the jobs to add when its time has come."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from beat import consumers, probes, retrain
from beat.job import JobSpec


@dataclass(frozen=True)
class Entry:
    """One line of the schedule."""

    name: str
    every: timedelta
    jobs: Callable[[], Iterable[JobSpec]]


ENTRIES = (
    Entry("probe", timedelta(seconds=30), probes.due),
    Entry("consumers", timedelta(seconds=15), consumers.due),
    Entry("drift", timedelta(hours=1), lambda: [JobSpec("bulk", "fraud.check-drift", {})]),
    Entry("retrain", timedelta(minutes=15), retrain.due),
)
