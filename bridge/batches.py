"""Batches under way: cut, sent to Celery, answered, sent again when lost, cut up when they kill a worker."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kombu.exceptions import OperationalError

from bridge.job import Job
from tasks.operation import Operation

if TYPE_CHECKING:
    from celery import Celery

log = logging.getLogger(__name__)
_MAX_BYTES = 4 * 1024 * 1024
_NO_RETRY = 3  # as many as the task's max_retries: a batch that kills its worker comes back at once, to be cut up
_SHOWN = 3


@dataclass(eq=False)
class Batch:
    """Jobs of one operation that travel together as one Celery task; `id` is the task's id."""

    operation: Operation
    jobs: Sequence[Job]
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    seen: float = field(default_factory=time.time)
    """When it was sent, or last known to be in a worker's hands."""

    @property
    def queue(self) -> str:
        return self.operation.queue


def cut(operation: Operation, jobs: Sequence[Job]) -> list[Batch]:
    """Batches within the operation's size and 4 MiB of data; work on bulk travels alone, so that it can be stopped."""
    largest = 1 if operation.queue == "bulk" else operation.batch_size
    batches: list[list[Job]] = []
    room = size = 0
    for job in jobs:
        if not room or size + len(job.data) > _MAX_BYTES:
            batches.append([])
            room, size = largest, 0
        batches[-1].append(job)
        room, size = room - 1, size + len(job.data)
    return [Batch(operation, part) for part in batches]


class Sender:
    """Puts batches on Celery's queues from a few threads, each attempt repeated until the broker takes it."""

    def __init__(self, app: Celery, reply: str) -> None:
        self._app, self._reply = app, reply
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="send")

    async def send(self, batch: Batch) -> None:
        while True:
            try:
                await asyncio.get_running_loop().run_in_executor(self._threads, self._send, batch)
                return
            except (OperationalError, OSError) as error:
                log.warning("send to %s: %s; trying again", batch.queue, str(error)[:120])
                await asyncio.sleep(0.3)

    async def revoke(self, batch: Batch) -> None:
        """End the pool process that runs it, and have it skipped where it still waits."""
        revoke = self._app.control.revoke
        call = asyncio.get_running_loop().run_in_executor
        await call(self._threads, lambda: revoke(batch.id, terminate=True, signal="SIGKILL"))

    def _send(self, batch: Batch) -> None:
        jobs = batch.jobs
        ids = [job.id for job in jobs]
        self._app.send_task(
            batch.operation.name,
            (self._reply, ids, [job.timestamp for job in jobs], [job.data.decode() for job in jobs], _options(jobs)),
            task_id=batch.id,
            queue=batch.queue,
            ignore_result=True,
            retry=False,
            retries=_NO_RETRY if len(jobs) > 1 else 0,
            time_limit=2 * batch.operation.time_limit + 10,
            argsrepr=f"({len(ids)} jobs: {', '.join(ids[:_SHOWN])}{', ...' if len(ids) > _SHOWN else ''})",
            kwargsrepr="{}",
        )


def _options(jobs: Sequence[Job]) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if any(job.deadline is not None for job in jobs):
        options["deadlines"] = [job.deadline for job in jobs]
    if any(job.trace for job in jobs):
        options["traces"] = [job.trace for job in jobs]
    return options
