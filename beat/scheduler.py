"""Beat's scheduler: when an entry is due, its jobs go to BullMQ; redbeat's lock keeps two beats from doing it twice."""

from __future__ import annotations

import logging
from typing import Any

from redbeat import RedBeatScheduler

from beat.job import add
from beat.schedule import ENTRIES
from foundation import heartbeat
from foundation.settings import get_settings
from tasks.resources import resources

log = logging.getLogger(__name__)


class Scheduler(RedBeatScheduler):  # type: ignore[misc]  # redbeat has no types
    """The entries of beat.schedule, their last runs kept in Redis."""

    def __init__(self, app: Any, *args: Any, **options: Any) -> None:
        app.conf.beat_schedule = {entry.name: {"task": entry.name, "schedule": entry.every} for entry in ENTRIES}
        self._entries = {entry.name: entry for entry in ENTRIES}
        super().__init__(app, *args, **options)

    def apply_async(self, entry: Any, producer: Any = None, advance: bool = True, **options: Any) -> None:
        """Add the due entry's jobs; a fault is logged by Celery's beat, and the entry comes again in its time."""
        if advance:
            self.reserve(entry)
        known, redis = self._entries.get(entry.name), resources().redis
        if known is None or redis is None:
            log.error("nothing to do for %s: unknown, or no Redis is set", entry.name)
            return
        specs = list(known.jobs())
        add(redis, get_settings().bull_prefix, specs)
        log.info("%s: %d jobs added", entry.name, len(specs))

    def tick(self, *args: Any, **options: Any) -> Any:
        heartbeat.beat()
        return super().tick(*args, **options)
