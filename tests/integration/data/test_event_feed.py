"""Reading a chunked Redis stream: in order, once, from where the store stands."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis as redis_module
from redis import Redis
from sqlalchemy import select

from foundation.errors import Conflict, InvalidInput, ModelUnavailable, SobaError
from foundation.settings import Settings
from storage.events import CURSORS, set_cursor
from storage.feed import Feed
from tasks.context import Context
from tasks.data.process_event_stream import Request, Result, process_event_stream
from tasks.event_intake import CHUNK, Intake, take_stream
from tasks.resources import Resources, use
from tests.chain_events import chain_of, event, removals


@pytest.fixture
def redis(redis_server: str) -> Iterator[Redis]:
    with redis_module.Redis.from_url(redis_server) as client:
        yield client


@pytest.fixture
def stream(redis: Redis) -> Iterator[str]:
    name = f"events:{uuid.uuid4().hex}"
    yield name
    redis.delete(name)


@pytest.fixture
def home(redis_server: str, tmp_path: Path) -> Iterator[Resources]:
    resources = Resources(Settings(home=tmp_path / "home", redis_url=redis_server))
    use(resources)
    yield resources
    resources.store.close()
    use(None)


def add(redis: Redis, stream: str, events: list[Any], size: int = 10) -> None:
    for start in range(0, len(events), size):
        redis.xadd(stream, {"events": json.dumps(events[start : start + size])})


def process(stream: str, **more: Any) -> Result:
    [result] = process_event_stream([Request(stream=stream, **more)])
    assert isinstance(result, Result), result
    return result


def test_a_stream_is_read_once_and_the_group_shows_it(home: Resources, redis: Redis, stream: str) -> None:
    events = chain_of(10, 10)
    add(redis, stream, [*events, *events[:20], 5, *removals(events[-10:])])
    first = process(stream)
    assert (first.received, first.accepted, first.duplicates, first.rejected_count, first.reorged) == (
        131,
        100,
        20,
        1,
        10,
    )
    assert first.rejected[0].index == 120
    assert process(stream).received == 0
    [group] = redis.xinfo_groups(stream)
    assert (group["name"], group["pending"], group["lag"]) == (b"soba", 0, 0)
    add(redis, stream, [event(110, 0)])
    later = process(stream)
    assert (later.received, later.accepted, later.last_block) == (1, 1, 110)


def test_another_group_reads_everything_again_and_stores_nothing(home: Resources, redis: Redis, stream: str) -> None:
    add(redis, stream, chain_of(3, 10))
    process(stream)
    again = process(stream, group="second")
    assert (again.received, again.duplicates, again.stored) == (30, 30, 0)


def test_counting_alone_moves_nothing(home: Resources, redis: Redis, stream: str) -> None:
    add(redis, stream, [*chain_of(5, 10), *chain_of(5, 10)])
    for _ in range(2):
        result = process(stream, store=False)
        assert (result.accepted, result.duplicates, result.stored, result.last_block) == (50, 50, 0, 104)
    assert redis.xinfo_stream(stream)["groups"] == 0
    assert process(stream).stored == 50


def test_at_most_so_many_events_in_whole_entries(home: Resources, redis: Redis, stream: str) -> None:
    add(redis, stream, chain_of(10, 10))
    assert [process(stream, max_events=25).received for _ in range(6)] == [20, 20, 20, 20, 20, 0]


def test_a_group_that_was_there_before_goes_on_where_it_stands(home: Resources, redis: Redis, stream: str) -> None:
    add(redis, stream, chain_of(2, 10))
    redis.xgroup_create(stream, "soba", "$")
    add(redis, stream, [event(200, 0)])
    assert process(stream).received == 1


def test_entries_that_arrive_while_it_follows_are_taken(home: Resources, redis: Redis, stream: str) -> None:
    def later() -> None:
        time.sleep(0.3)
        add(redis, stream, [event(7, 0)])

    writer = threading.Thread(target=later)
    writer.start()
    assert process(stream, follow_seconds=2).accepted == 1
    writer.join()


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        (b"{not json", ["WRONG_TYPE"]),
        (b"\xff\xfe", ["WRONG_TYPE"]),
        (b"[]", []),
        (b'{"events": [1, 2]}', ["WRONG_TYPE", "WRONG_TYPE"]),
        (json.dumps(event(1, 0)).encode(), []),
        (b"{}", ["MISSING_FIELD"]),
        (b"[" * 2000, ["WRONG_TYPE"]),
    ],
)
def test_an_odd_entry_is_refused_and_passed(
    home: Resources, redis: Redis, stream: str, content: bytes, codes: list[str]
) -> None:
    redis.xadd(stream, {"events": content})
    add(redis, stream, [event(5, 5)])
    result = process(stream)
    assert [r.code for r in result.rejected] == codes
    assert result.last_block == 5


def test_two_consumers_of_a_group_do_not_take_the_same(home: Resources, redis: Redis, stream: str) -> None:
    add(redis, stream, chain_of(2, 10))
    feed = Feed(redis, stream, "soba")
    intake = Intake(home.store, home.settings, keep=True)

    def meanwhile(_: int, __: int) -> None:
        with home.store.write() as connection:
            set_cursor(connection, stream, "soba", "9999999999999-0")
        add(redis, stream, [event(300, 0)])

    with pytest.raises(Conflict, match="another consumer"):
        take_stream(intake, feed, 1000, 0.0, meanwhile)
    assert home.store.rows(select(CURSORS))[0]["last_id"] == "9999999999999-0"


def test_what_is_wrong_with_the_stream_is_said(home: Resources, redis: Redis, stream: str) -> None:
    redis.set(stream, "text")
    [wrong] = process_event_stream([Request(stream=stream)])
    assert isinstance(wrong, InvalidInput)
    for nowhere in ("redis://127.0.0.1:1/0", None):
        use(lost := Resources(home.settings.model_copy(update={"redis_url": nowhere})))
        [answer] = process_event_stream([Request(stream=stream)])
        assert isinstance(answer, ModelUnavailable)
        lost.store.close()


def test_progress_is_told_and_a_cancelled_job_keeps_what_was_done(home: Resources, redis: Redis, stream: str) -> None:
    add(redis, stream, chain_of(1300, 10))
    told: list[float] = []
    context = Context(
        report=lambda done, total, stage, message="": told.append(done), is_cancelled=lambda: len(told) >= 1
    )
    [answer] = _run(stream, context)
    assert isinstance(answer, SobaError)
    assert told == [20]
    assert process(stream).received == 13_000 - 20 - min(CHUNK, 1000 * 10)  # a thousand entries at most


def _run(stream: str, context: Context) -> list[Any]:
    try:
        return list(process_event_stream([Request(stream=stream)], context))
    except SobaError as error:
        return [error]
