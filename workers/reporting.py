"""Progress out of a running job, and the wish to stop into it."""

from __future__ import annotations

import time
from collections.abc import Sequence

import msgpack

from schemas import keys
from workers.connection import connection

_PERIOD = 0.1
_LOOK = 0.2


class Reporter:
    """Sends progress to the bridge, at most ten times a second and stage; looks for a cancel five times a second.

    Only a job that runs alone is stopped from within: of several in one batch the others go on, and the bridge has
    failed the cancelled one already.
    """

    def __init__(self, queue: str, ids: Sequence[str], reply: str) -> None:
        self._queue, self._ids, self._reply = queue, ids, reply
        self._sent, self._stage = 0.0, ""
        self._looked, self._cancelled = 0.0, False

    def report(self, done: float, total: float, stage: str, message: str = "") -> None:
        now = time.monotonic()
        if stage == self._stage and done < total and now - self._sent < _PERIOD:
            return
        self._sent, self._stage = now, stage
        progress = {"done": done, "total": total, "stage": stage, "message": message}
        connection().rpush(self._reply, msgpack.packb(["progress", self._queue, self._ids, progress]))

    def is_cancelled(self) -> bool:
        now = time.monotonic()
        if len(self._ids) == 1 and not self._cancelled and now - self._looked >= _LOOK:
            self._looked = now
            self._cancelled = bool(connection().exists(keys.cancel(self._queue, self._ids[0])))
        return self._cancelled
