"""`<queue>.ping` for each queue: the way of a job from end to end, with next to no work at its end."""

from __future__ import annotations

import os
import socket
import time
from functools import cache
from importlib.metadata import version
from platform import python_version
from typing import Any

from schemas.base import Wire
from schemas.primitives import QUEUES, from_millis
from tasks.operation import operation


class Request(Wire):
    """What to send back."""

    echo: Any = None
    """Any JSON value."""


class Result(Wire):
    """What was sent, and who answered."""

    echo: Any
    worker: str
    """host:pid of the process that answered."""
    versions: dict[str, str]
    """Versions of Python and of the packages that carry jobs."""
    at: str
    """When, ISO 8601 UTC."""


@cache
def _versions() -> dict[str, str]:
    return {"python": python_version()} | {name: version(name) for name in ("celery", "redis", "pydantic")}


def ping(requests: list[Request]) -> list[Result]:
    """Answer at once with what was sent."""
    at, worker = from_millis(int(time.time() * 1000)), f"{socket.gethostname()}:{os.getpid()}"
    return [Result.model_construct(echo=r.echo, worker=worker, versions=_versions(), at=at) for r in requests]


for _queue in QUEUES:
    operation(queue=_queue, name=f"{_queue}.ping", time_limit=5, long=False, examples=[{"echo": "hello"}])(ping)
