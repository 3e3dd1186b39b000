"""What a worker says of itself while it lives: its record in Redis, its claims on batches, its heartbeat file."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Sequence
from functools import cached_property
from importlib.metadata import version
from platform import python_version
from typing import Any, Protocol

import orjson
import psutil
from celery.worker import state
from redis import Redis, RedisError

from foundation import heartbeat
from foundation.processes import name_of
from foundation.settings import get_settings
from schemas import keys
from tasks.operation import Operation
from workers.contract import Contract

log = logging.getLogger(__name__)
_PERIOD = 2.0
_RECORD_SECONDS = 15


def _facts(operation: Operation) -> dict[str, Any]:
    return {"timeLimit": operation.time_limit}


class _Flag(Protocol):
    def wait(self, timeout: float) -> bool: ...


class Presence(threading.Thread):
    """A thread of the worker's parent process; begins once a pool process has its models loaded.

    Claims are what tells a bridge that a batch is in somebody's hands. They name the processes that hold it: a bridge
    on the same machine sees at once that these are gone, for any other they run out ten seconds later.
    """

    def __init__(
        self, name: str, queues: Sequence[str], served: Sequence[Operation], loaded: _Flag, metrics_port: int | None
    ) -> None:
        super().__init__(name="presence", daemon=True)
        self._worker, self._queues, self._loaded, self._port = name, list(queues), loaded, metrics_port
        self._served = {queue: {one.name: _facts(one) for one in served if one.queue == queue} for queue in queues}
        self._ended, self._draining = threading.Event(), False
        self._since = time.time()
        self._redis = Redis.from_url(get_settings().redis, socket_timeout=5)
        self._contract = Contract(Redis.from_url(get_settings().redis, socket_timeout=5, decode_responses=True))

    def run(self) -> None:
        while not self._loaded.wait(0.1):
            if self._ended.is_set():
                return
        while True:
            try:
                self._tell()
                heartbeat.beat()
            except (RedisError, OSError) as error:
                log.warning("cannot tell of this worker's life: %s", error)
            if self._ended.wait(_PERIOD):
                return

    def drain(self) -> None:
        """Say that no new work is taken."""
        self._draining = True

    def stop(self) -> None:
        """Take the record back."""
        self._ended.set()
        try:
            records = [self._key(queue) for queue in self._queues]
            self._redis.delete(*records)
            self._redis.zrem(keys.WORKERS, *records)
        except RedisError as error:
            log.warning("the record stays for %s s: %s", _RECORD_SECONDS, error)

    def _key(self, queue: str) -> str:
        return keys.worker(queue, f"{socket.gethostname()}:{os.getpid()}")

    def _tell(self) -> None:
        pipe = self._redis.pipeline(transaction=False)
        for queue in self._queues:
            pipe.set(self._key(queue), orjson.dumps(self._record(queue)), ex=_RECORD_SECONDS)
            pipe.zadd(keys.WORKERS, {self._key(queue): time.time() + _RECORD_SECONDS})
        pipe.zremrangebyscore(keys.WORKERS, 0, time.time())
        for request in tuple(state.reserved_requests):
            pipe.set(keys.claim(request.id), name_of(os.getpid()), ex=keys.CLAIM_SECONDS, nx=True)
            pipe.expire(keys.claim(request.id), keys.CLAIM_SECONDS)
        pipe.execute()

    def _record(self, queue: str) -> dict[str, Any]:
        return self._fixed | {
            "queue": queue,
            "at": int(time.time() * 1000),
            "draining": self._draining,
            "contract": self._contract.version(),
            "operations": self._served[queue],
            "stats": {"batches": sum(state.total_count.values()), "rssMb": self._rss() // 2**20},
        }

    @cached_property
    def _fixed(self) -> dict[str, Any]:
        packages = ("celery", "kombu", "redis", "pydantic", "catboost", "scikit-learn")
        return {
            "name": self._worker,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "startedAt": int(self._since * 1000),
            "concurrency": get_settings().concurrency,
            "metricsPort": self._port,
            "versions": {"python": python_version()} | {name: version(name) for name in packages},
        }

    @staticmethod
    def _rss() -> int:
        parent = psutil.Process()
        total: int = parent.memory_info().rss
        for child in parent.children():
            try:
                total += child.memory_info().rss
            except psutil.NoSuchProcess:
                continue
        return total
