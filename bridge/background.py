"""Tasks that run beside each other for the life of the bridge, kept hold of and watched."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Coroutine
from typing import Any

log = logging.getLogger(__name__)
_EX_SOFTWARE = 70


class Background:
    """A fault in one task ends the process: the supervisor starts it again, and BullMQ gives the jobs back."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._over)
        return task

    async def finish(self) -> None:
        """Wait for all that is left."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.critical("a task of the bridge failed", exc_info=error)
            os._exit(_EX_SOFTWARE)
