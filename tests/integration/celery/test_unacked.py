"""The books of unacknowledged messages on a real server, read by a client of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kombu import Connection, Consumer, Queue
from redis import Redis

from tests.servers import valkey
from workers.transport import Transport


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with valkey(tmp_path) as url:
        yield url


@pytest.fixture
def kombu(url: str) -> Iterator[Any]:
    with Connection(url, transport=Transport) as connection:
        yield connection


def take(kombu: Any, redis: Redis, text: str) -> Any:
    """A message put on a list that is not guarded, and taken off it."""
    taken: list[Any] = []
    channel = kombu.default_channel
    kombu.Producer(channel).publish({"text": text}, routing_key="plain", exchange="")
    with Consumer(channel, [Queue("plain")], callbacks=[lambda _, message: taken.append(message)]):
        while not taken:
            kombu.drain_events(timeout=5)
    return taken[0]


def books(redis: Redis) -> tuple[int, int]:
    """How many messages stand in the hash and in its index, once the server has read what was sent to it."""
    redis.ping()
    return redis.hlen("unacked"), redis.zcard("unacked_index")


def test_a_message_stands_in_the_books_until_it_is_acknowledged(url: str, kombu: Any) -> None:
    with Redis.from_url(url) as redis:
        first, second = take(kombu, redis, "first"), take(kombu, redis, "second")
        assert books(redis) == (2, 2)
        first.ack()
        second.reject()
        assert books(redis) == (0, 0)


def test_a_requeued_message_comes_again(url: str, kombu: Any) -> None:
    with Redis.from_url(url) as redis:
        take(kombu, redis, "again").requeue()
        assert redis.llen("plain") == 1
        assert books(redis) == (0, 0)


def test_what_was_not_acknowledged_goes_back_when_the_channel_closes(url: str) -> None:
    with Redis.from_url(url) as redis:
        with Connection(url, transport=Transport) as kombu:
            take(kombu, redis, "left")
        assert redis.llen("plain") == 1
        assert books(redis) == (0, 0)


def test_a_broken_connection_loses_no_entry(url: str, kombu: Any) -> None:
    with Redis.from_url(url) as redis:
        message = take(kombu, redis, "kept")
        redis.client_kill_filter(_type="normal", skipme=True)
        message.ack()
        kombu.default_channel.qos.restore_by_tag("none")
        assert books(redis) == (0, 0)
