"""Which models are being trained right now, whoever asked for it: beat asks for no other training meanwhile."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from redis import Redis, RedisError

from schemas.keys import training

log = logging.getLogger(__name__)


@contextmanager
def under_way(redis: Redis | None, model: str, seconds: float) -> Iterator[None]:
    """Mark a training while it runs, and at most for so many seconds: a worker that is killed takes nothing back.

    Beat alone reads the mark, and through the same Redis: where there is none, or none that answers, none is made.
    """
    key, mark = training(model), uuid.uuid4().hex
    _tell(redis, lambda pipe: pipe.zadd(key, {mark: time.time() + seconds}).expire(key, int(seconds) + 1))
    try:
        yield
    finally:
        _tell(redis, lambda pipe: pipe.zrem(key, mark))


def _tell(redis: Redis | None, what: Callable[[Any], Any]) -> None:
    if redis is None:
        return
    pipe = redis.pipeline(transaction=False)
    what(pipe)
    try:
        pipe.execute()
    except RedisError as error:
        log.warning("beat does not know of a training: %s", error)


def is_under_way(redis: Redis, model: str) -> bool:
    """Whether a training of the model runs."""
    running: Any = redis.zcount(training(model), time.time(), "inf")
    return bool(running)
