"""Each operation as a Celery task that runs one batch of jobs: look up, run, store, answer."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgpack
import orjson
from prometheus_client import Histogram

from foundation.errors import DeadlineExceeded, SobaError
from foundation.processes import name_of
from foundation.settings import get_settings
from schemas import keys
from tasks.context import Context
from tasks.operation import Operation
from tasks.runner import run
from workers.connection import connection
from workers.reporting import Reporter
from workers.tracing import spans

if TYPE_CHECKING:
    from celery import Celery

log = logging.getLogger(__name__)
RUN_SECONDS = Histogram("soba_batch_run_seconds", "From a batch's start to its answer", ["operation"])
_DONE_SECONDS = 6 * 3600
_REPLY_SECONDS = 3600


def register(app: Celery, operations: Iterable[Operation]) -> None:
    """Make a Celery task of every operation, under its own name."""
    for operation in operations:
        _register(app, operation)


def _register(app: Celery, operation: Operation) -> None:
    def task(self: Any, reply: str, ids: Any, stamps: Any, options: Any) -> None:
        execute(Batch(operation, str(self.request.id), reply, ids, stamps, options))

    app.task(task, name=operation.name, bind=True, ignore_result=True, max_retries=3, default_retry_delay=1)


@dataclass(frozen=True)
class Batch:
    """Jobs of one operation, as the bridge sent them; their data lie under a key.

    `stamps` are the jobs' times of creation: a result stored under the same id by an earlier job is not theirs.
    """

    operation: Operation
    id: str
    reply: str
    ids: Sequence[str]
    stamps: Sequence[int]
    options: Mapping[str, Any]
    """`deadlines` (epoch ms or null, by job) and `traces` (BullMQ's `tm`, by job), where any job has one."""

    def result_key(self, position: int) -> str:
        return keys.result(self.operation.queue, self.ids[position])


Outcome = tuple[bool, Any]
"""(True, the result as JSON) or (False, the failure's envelope)."""


def execute(batch: Batch) -> None:
    """Run what is not done yet, store every result under its polling key, and answer the bridge with one push."""
    began = time.monotonic()
    outcomes, payloads = _look_up(batch)
    todo = [position for position, outcome in enumerate(outcomes) if outcome is None]
    if todo and payloads is None:
        log.warning("batch %s of %s came without its data: left to be sent again", batch.id, batch.operation.name)
        connection().delete(keys.claim(batch.id))
        return
    pipe, ttl = connection().pipeline(transaction=False), get_settings().result_ttl
    for position, answer in zip(todo, _run(batch, payloads or (), todo), strict=True):
        if isinstance(answer, SobaError):
            outcomes[position] = (False, answer.envelope())
        else:
            outcomes[position] = (True, answer)
            meta = stored_form(batch.operation.queue, batch.ids[position], batch.stamps[position], answer)
            command = ("SET", batch.result_key(position), meta, "EX", ttl)
            pipe.execute_command(*command)  # type: ignore[no-untyped-call]  # redis-py
    failures = {
        job_id: outcome[1] for job_id, outcome in zip(batch.ids, outcomes, strict=True) if outcome and not outcome[0]
    }
    pipe.set(keys.done(batch.id), orjson.dumps(failures), ex=_DONE_SECONDS)
    seconds = time.monotonic() - began
    pipe.rpush(batch.reply, msgpack.packb(["batch", batch.id, outcomes, seconds]))
    pipe.expire(batch.reply, _REPLY_SECONDS)
    pipe.unlink(keys.payloads(batch.id))
    pipe.execute()
    RUN_SECONDS.labels(batch.operation.name).observe(seconds)


def stored_form(queue: str, job_id: str, stamp: int, result: bytes) -> bytes:
    """A success as Celery's result backend keeps it; the stamp comes first, so that it is found without parsing."""
    task_id = orjson.dumps(f"{queue}:{job_id}")
    return b'{"jobTimestamp":%d,"status":"SUCCESS","result":%b,"traceback":null,"children":[],"task_id":%b}' % (
        stamp,
        result,
        task_id,
    )


def _look_up(batch: Batch) -> tuple[list[Outcome | None], Sequence[bytes] | None]:
    """What an earlier delivery of these jobs has answered already, and their data; also claims the batch."""
    results = [batch.result_key(position) for position in range(len(batch.ids))]
    pipe = connection().pipeline(transaction=False)
    pipe.set(keys.claim(batch.id), name_of(os.getppid(), os.getpid()), ex=keys.CLAIM_SECONDS)
    pipe.mget([keys.done(batch.id), keys.payloads(batch.id), *results])
    _, (done, payloads, *stored) = pipe.execute()
    failures: dict[str, Any] = orjson.loads(done) if done else {}
    known: list[Outcome | None] = []
    for job_id, stamp, meta in zip(batch.ids, batch.stamps, stored, strict=True):
        head = b'{"jobTimestamp":%d,"status":"SUCCESS","result":' % stamp
        if meta and meta.startswith(head):
            known.append((True, meta[len(head) : meta.rindex(b',"traceback":null')]))
        else:
            known.append((False, failures[job_id]) if job_id in failures else None)
    return known, msgpack.unpackb(payloads) if payloads else None


def _run(batch: Batch, payloads: Sequence[bytes], todo: Sequence[int]) -> list[bytes | SobaError]:
    answers: dict[int, bytes | SobaError] = {}
    deadlines = batch.options.get("deadlines") or []
    now = time.time() * 1000
    for position in todo:
        if deadlines and deadlines[position] is not None and deadlines[position] < now:
            answers[position] = DeadlineExceeded("the deadline passed before the work was begun")
    due = [position for position in todo if position not in answers]
    if due:
        job_ids = [f"{batch.operation.queue}:{batch.ids[position]}" for position in due]
        sys.stdout.write("".join(f"executed {job_id}\n" for job_id in job_ids))
        sys.stdout.flush()
        reporter = Reporter(batch.operation.queue, [batch.ids[position] for position in due], batch.reply)
        context = Context(job_ids, reporter.report, reporter.is_cancelled)
        traces = batch.options.get("traces")
        with spans(batch.operation.name, {job_ids[i]: traces[p] for i, p in enumerate(due)} if traces else {}):
            made = run(batch.operation, [payloads[position] for position in due], context, enveloped=True)
        answers.update(zip(due, made, strict=True))
    return [answers[position] for position in todo]
