"""Runs an operation through the queue, as Node does: jobs into BullMQ, answers from their polling keys."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from redis import Redis

from beat.job import JobSpec, add
from foundation.errors import InvalidInput, SobaError, Timeout, from_envelope
from schemas import keys
from tasks.operation import Operation
from tasks.runner import Answer

_FIRST_PAUSE, _LONGEST_PAUSE = 0.002, 0.1


@dataclass(frozen=True)
class Remote:
    """Answers a batch of requests; each is a job of its own, tried once."""

    redis: Redis
    prefix: str
    operation: Operation
    timeout: float
    """Seconds to wait for the answers of a batch."""

    def __call__(self, lines: Sequence[bytes]) -> list[Answer]:
        answers: dict[int, Answer] = {}
        jobs: dict[int, JobSpec] = {}
        for position, line in enumerate(lines):
            try:
                orjson.loads(line)
                jobs[position] = self._job(line)
            except ValueError as error:
                answers[position] = InvalidInput.at("", f"not JSON: {error}")
        add(self.redis, self.prefix, jobs.values())
        answers |= self._wait({position: job.job_id or "" for position, job in jobs.items()})
        return [answers[position] for position in range(len(lines))]

    def _job(self, line: bytes) -> JobSpec:
        """The request goes as it was written: numbers that no float holds stay whole."""
        name, id = self.operation.name, f"call-{uuid.uuid4().hex}"
        return JobSpec(self.operation.queue, name, orjson.Fragment(line.strip()), id, options={"attempts": 1})

    def _wait(self, waiting: dict[int, str]) -> dict[int, Answer]:
        answers: dict[int, Answer] = {}
        deadline, pause = time.monotonic() + self.timeout, _FIRST_PAUSE
        while waiting and time.monotonic() < deadline:
            metas = self.redis.mget([keys.result(self.operation.queue, id) for id in waiting.values()])
            found = {at: answer_of(meta) for at, meta in zip(waiting, metas, strict=True) if isinstance(meta, bytes)}
            answers |= found
            waiting = {position: id for position, id in waiting.items() if position not in found}
            pause = _FIRST_PAUSE if found else min(pause * 1.5, _LONGEST_PAUSE)
            if waiting:
                time.sleep(pause)
        late = Timeout(f"no answer within {self.timeout:g} s; the job may still be running")
        return answers | dict.fromkeys(waiting, late)


def answer_of(meta: bytes) -> bytes | SobaError:
    """The result's JSON as the worker wrote it, or the failure, from a polling key."""
    if b'"status":"SUCCESS"' in meta[:100]:
        return meta[meta.index(b'"result":') + len(b'"result":') : meta.rindex(b',"traceback":')]
    return from_envelope(orjson.loads(meta)["result"])
