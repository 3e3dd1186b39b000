"""Commands that must happen: tried again until the server is back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from redis.exceptions import BusyLoadingError, ReadOnlyError, RedisError, ResponseError

from bridge.scripts import is_noscript

log = logging.getLogger(__name__)
T = TypeVar("T")
_PAUSE = 0.3
_LIMIT = 15.0  # above every blocking command's own wait


Reload = Callable[[], Awaitable[None]]


async def persist(what: str, action: Callable[[], Awaitable[T]], reload: Reload | None = None) -> T:
    """The action's answer, however long the server is away; a command that it refuses raises ResponseError."""
    while True:
        try:
            async with asyncio.timeout(_LIMIT):
                return await action()
        except (RedisError, OSError) as error:
            if is_noscript(error) and reload:
                await persist("load scripts", reload)
                continue
            if isinstance(error, ResponseError) and not isinstance(error, BusyLoadingError | ReadOnlyError):
                raise
            log.warning("%s: %s: %s; trying again", what, type(error).__name__, str(error)[:120])
            await asyncio.sleep(_PAUSE)
