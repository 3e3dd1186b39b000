"""Beat keeps one job reading each stream, and no more than one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import redis as redis_module

from beat import consumers
from foundation import settings as settings_module
from foundation.settings import Settings
from schemas import keys
from tasks.data.process_event_stream import Request
from tasks.resources import Resources, use


@pytest.fixture
def stack(redis_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("SOBA_EVENT_STREAMS", "chain:1, chain:56,")
    monkeypatch.setenv("SOBA_BULL_PREFIX", "consumers")
    settings_module.get_settings.cache_clear()
    use(Resources(Settings(redis_url=redis_server)))
    with redis_module.Redis.from_url(redis_server) as client:
        yield client
        client.delete(keys.CONSUMERS_SENT)
    use(None)
    settings_module.get_settings.cache_clear()


def test_a_stream_has_one_job_at_a_time(stack: Any) -> None:
    first = consumers.due()
    assert [spec.input["stream"] for spec in first] == ["chain:1", "chain:56"]
    assert {(spec.queue, spec.operation) for spec in first} == {("bulk", "data.process-event-stream")}
    for spec in first:
        Request.model_validate(spec.input)
        stack.hset(f"consumers:bulk:{spec.job_id}", "name", spec.operation)
    assert consumers.due() == []
    stack.hset(f"consumers:bulk:{first[0].job_id}", "finishedOn", 1)
    [second] = consumers.due()
    assert second.input["stream"] == "chain:1"
    assert second.job_id != first[0].job_id
    for spec in (*first, second):
        stack.delete(f"consumers:bulk:{spec.job_id}")


def test_without_a_stack_or_a_stream_there_is_nothing_to_add(redis_server: str) -> None:
    use(Resources(Settings(redis_url=None)))
    assert consumers.due() == []
    use(Resources(Settings(redis_url=redis_server)))
    assert consumers.due() == []
    use(None)
