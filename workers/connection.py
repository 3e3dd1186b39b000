"""The pool process's own connection to Redis."""

from __future__ import annotations

import os
from functools import lru_cache

from redis import Redis
from redis.backoff import ExponentialBackoff
from redis.exceptions import BusyLoadingError, ConnectionError, TimeoutError
from redis.retry import Retry

from foundation.settings import get_settings


def connection() -> Redis:
    """One client a process; waits through a server's restart of up to half a minute."""
    return _connection(os.getpid())


@lru_cache(maxsize=1)
def _connection(_pid: int) -> Redis:
    return Redis.from_url(
        get_settings().redis,
        socket_timeout=10,
        socket_keepalive=True,
        health_check_interval=10,
        retry=Retry(ExponentialBackoff(cap=1, base=0.05), 35),
        retry_on_error=[BusyLoadingError, ConnectionError, TimeoutError],
    )
