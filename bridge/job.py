"""A BullMQ job as the bridge holds it, and the checks that need no model: envelope, size, deadline, operation."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from foundation.errors import DeadlineExceeded, Internal, InvalidInput, PayloadTooLarge, SobaError, UnknownOperation
from tasks.operation import Operation

_FIELDS = {"input", "requestId", "deadline"}
_MAX_REQUEST_ID = 200
_KEPT = {"count", "age", "limit"}
_NUMBERS = (int, float)


@dataclass(eq=False)
class Job:
    """One active job of one queue; its raw hash stays beside it for the rare paths."""

    queue: str
    id: str
    raw: Mapping[bytes, bytes]
    request_id: str | None = None
    deadline: int | None = None

    def __post_init__(self) -> None:
        self.name = self.raw.get(b"name", b"").decode(errors="replace")
        self.data = self.raw.get(b"data", b"")
        self.opts = options_of(self.raw.get(b"opts", b"{}"))
        self.timestamp = _count(self.raw.get(b"timestamp", b"0"))
        """When it was added, epoch ms."""

    @classmethod
    def of(cls, queue: str, job_id: bytes, flat: list[bytes]) -> Job:
        """From what moveToActive returns: the id, and the hash as a flat list."""
        return cls(queue, job_id.decode(errors="replace"), dict(zip(flat[::2], flat[1::2], strict=True)))

    @property
    def attempts_made(self) -> int:
        return _count(self.raw.get(b"atm") or self.raw.get(b"attemptsMade") or b"0")

    @property
    def attempts(self) -> int:
        return whole(self.opts.get("attempts")) or 1

    @property
    def trace(self) -> str | None:
        """BullMQ's telemetry field: the propagator's carrier as JSON text."""
        found = self.opts.get("tm") or (self.opts.get("telemetry") or {}).get("metadata")
        return found if isinstance(found, str) else None

    def check(self, operations: Mapping[str, Operation], max_bytes: int) -> Operation:
        """The operation that serves this job; raises what is wrong with it."""
        if b"defa" in self.raw:
            raise Internal(f"the job was given up: {self.raw[b'defa'].decode(errors='replace')[:200]}")
        operation = operations.get(self.name)
        if operation is None or operation.queue != self.queue:
            raise UnknownOperation(f"no operation {self.name[:80]!r} on the queue {self.queue}")
        limit = min(operation.max_bytes, max_bytes)
        if len(self.data) > limit:
            raise PayloadTooLarge(f"job.data has {len(self.data)} bytes, {self.name} takes {limit}")
        self._read_envelope()
        if self.deadline is not None and self.deadline < time.time() * 1000:
            raise DeadlineExceeded("the deadline passed while the job waited")
        return operation

    def _read_envelope(self) -> None:
        try:
            envelope = orjson.loads(self.data)
        except orjson.JSONDecodeError as error:
            raise InvalidInput.at("", f"job.data is not JSON: {error}") from None
        if not isinstance(envelope, dict):
            raise InvalidInput.at("", 'job.data must be an object {"input": ...}')
        request_id, deadline = envelope.get("requestId"), envelope.get("deadline")
        if isinstance(request_id, str) and len(request_id) <= _MAX_REQUEST_ID:
            self.request_id = request_id
        elif request_id is not None:
            raise InvalidInput.at("requestId", f"must be a string of at most {_MAX_REQUEST_ID} characters")
        if unknown := envelope.keys() - _FIELDS:
            raise InvalidInput.at(min(unknown), f"unknown field; job.data takes {', '.join(sorted(_FIELDS))}")
        if "input" not in envelope:
            raise InvalidInput.at("input", "is required")
        if deadline is not None and type(deadline) is not int:
            raise InvalidInput.at("deadline", "must be epoch milliseconds")
        self.deadline = deadline

    def is_last_attempt(self, error: SobaError) -> bool:
        return not error.retryable or self.attempts_made + 1 >= self.attempts


@lru_cache(maxsize=256)
def options_of(text: bytes) -> dict[str, Any]:
    """A job's options; a producer gives the same to thousands of jobs. Nobody changes what this gives."""
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def whole(value: Any) -> int:
    """A number of a job's options; 0 for what is none, as callers in JavaScript may put in anything."""
    return int(value) if isinstance(value, int | float) else 0


def _count(text: bytes) -> int:
    return int(text) if text.isdigit() else 0


def kept(option: Any) -> dict[str, int]:
    """BullMQ's removeOnComplete and removeOnFail as the script takes them; without sense, everything is kept."""
    if isinstance(option, dict):
        return {name: whole(value) for name, value in option.items() if name in _KEPT and type(value) in _NUMBERS}
    if option is True:
        return {"count": 0}
    return {"count": whole(option) if type(option) in _NUMBERS else -1}
