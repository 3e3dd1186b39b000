"""The stack that a command talks to: the one that was named, the settings' own, or the one that runs here."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from cli.command import CommandFailed

if TYPE_CHECKING:
    from redis import Redis


def add_redis_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--redis-url", help="Redis of the queues (default: SOBA_REDIS_URL, else that of ./soba up)")


def redis_url(named: str | None) -> str:
    """Its address; raises CommandFailed where nothing was named and nothing runs."""
    from cli.stack.home import Home
    from foundation.settings import get_settings

    settings = get_settings()
    found = named or settings.redis_url or (Home(settings.home).read() or {}).get("redisUrl")
    if not found:
        raise CommandFailed(f"nothing runs in {settings.home}: start it with ./soba up, or give --redis-url")
    return str(found)


def connect(named: str | None) -> Redis:
    """A connection that answers; raises CommandFailed where none does."""
    from redis import Redis, RedisError

    url = redis_url(named)
    try:
        redis = Redis.from_url(url, socket_timeout=10, socket_connect_timeout=5)
        redis.ping()
    except (RedisError, ValueError) as error:
        raise CommandFailed(f"no Redis answers at {_without_password(url)}: {error}") from None
    return redis


def _without_password(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
