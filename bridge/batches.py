"""Batches under way: cut, sent to Celery, answered, sent again when lost, cut up when they kill a worker."""

from __future__ import annotations

import asyncio
import base64
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgpack
import orjson
from redis.asyncio import Redis

from bridge.job import Job
from bridge.patience import persist
from schemas import keys
from tasks.operation import Operation

if TYPE_CHECKING:
    from celery import Celery

_MAX_BYTES = 4 * 1024 * 1024
_NO_RETRY = 3  # as many as the task's max_retries: a batch that kills its worker comes back at once, to be cut up
_SHOWN = 3
_PAYLOAD_SECONDS = 3600  # who finds none leaves the batch to be sent again


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
    """Puts batches on Celery's queues in Celery's message protocol 2, as kombu's Redis transport reads it.

    Celery's own builder makes headers and body; only the envelope is made here, so that sending is one round trip on
    the bridge's connection and not a thread with a connection of its own. The jobs' data go beside the message, under
    a key: Celery would parse, copy and store them six times on their way to the process that needs them.
    """

    def __init__(self, app: Celery, redis: Redis, reply: str) -> None:
        self._app, self._redis, self._reply = app, redis, reply

    async def send(self, batch: Batch) -> None:
        await persist(f"send to {batch.queue}", lambda: self._put(batch))

    async def _put(self, batch: Batch) -> None:
        pipe = self._redis.pipeline(transaction=False)
        pipe.set(keys.payloads(batch.id), msgpack.packb([job.data for job in batch.jobs]), ex=_PAYLOAD_SECONDS)
        pipe.lpush(batch.queue, self.message(batch))
        await pipe.execute()

    async def revoke(self, batch: Batch) -> None:
        """End the pool process that runs it, and have it skipped where it still waits."""
        revoke = self._app.control.revoke
        await asyncio.to_thread(revoke, batch.id, terminate=True, signal="SIGKILL")

    def message(self, batch: Batch) -> bytes:
        jobs = batch.jobs
        ids, options = [job.id for job in jobs], _options(jobs)
        task = self._app.amqp.as_task_v2(
            batch.id,
            batch.operation.name,
            (self._reply, ids, [job.timestamp for job in jobs], options),
            ignore_result=True,
            retries=_NO_RETRY if len(jobs) > 1 else 0,
            time_limit=2 * batch.operation.time_limit + 10,
            argsrepr=f"({len(ids)} jobs: {', '.join(ids[:_SHOWN])}{', ...' if len(ids) > _SHOWN else ''})",
            kwargsrepr="{}",
        )
        properties = {
            **task.properties,
            "delivery_mode": 2,
            "delivery_info": {"exchange": "", "routing_key": batch.queue},
            "priority": 0,
            "body_encoding": "base64",
            "delivery_tag": uuid.uuid4().hex,
        }
        return orjson.dumps(
            {
                "body": base64.b64encode(orjson.dumps(task.body)).decode(),
                "content-encoding": "utf-8",
                "content-type": "application/json",
                "headers": task.headers,
                "properties": properties,
            }
        )


def _options(jobs: Sequence[Job]) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if any(job.deadline is not None for job in jobs):
        options["deadlines"] = [job.deadline for job in jobs]
    if any(job.trace for job in jobs):
        options["traces"] = [job.trace for job in jobs]
    return options
