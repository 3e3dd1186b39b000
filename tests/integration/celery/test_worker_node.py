"""A worker with this project's settings, driven through pytest-celery."""

from __future__ import annotations

import time
from collections.abc import Iterator

import msgpack
import orjson
import pytest
from pytest_celery import CeleryTestWorker, RedisTestBroker
from redis import Redis, RedisError
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from bridge.batches import Batch, Sender
from bridge.job import Job
from schemas import keys
from tasks.discovery import find
from tests.local_nodes import LocalRedis, LocalWorker
from workers.app import app

REPLY = "soba:reply:test"


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisTestBroker]:
    node = LocalRedis(tmp_path_factory.mktemp("broker"))
    yield RedisTestBroker(node)
    node._container.stop()


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory, broker: RedisTestBroker) -> Iterator[CeleryTestWorker]:
    node = LocalWorker(tmp_path_factory.mktemp("worker"), "data", broker.container.url)
    made = CeleryTestWorker(node, app)
    made.wait_for_log("ready.", timeout=60)
    yield made
    node._container.stop()


def answer(redis: Redis, echo: str, limit: float = 30) -> object:
    """What comes back for one ping that is sent as the bridge sends it."""
    data = orjson.dumps({"input": {"echo": echo}})
    job = Job("data", echo, {b"name": b"data.ping", b"data": data, b"timestamp": b"%d" % (time.time() * 1000)})
    batch = Batch(find("data.ping"), [job])
    redis.set(keys.payloads(batch.id), msgpack.packb([data]))
    redis.lpush("data", Sender(app, redis, REPLY).message(batch))  # type: ignore[arg-type]  # the message alone is made
    popped = redis.blpop([REPLY], timeout=limit)
    assert popped, "no answer"
    kind, batch_id, [[ok, text]], _ = msgpack.unpackb(popped[1])
    assert (kind, batch_id, ok) == ("batch", batch.id, True)
    return orjson.loads(text)["echo"]


def test_a_batch_in_celerys_protocol_is_run_and_answered(broker: RedisTestBroker, worker: CeleryTestWorker) -> None:
    with Redis.from_url(broker.container.url) as redis:
        assert answer(redis, "first") == "first"
    worker.assert_log_exists("executed data:first")


def test_the_worker_comes_back_after_its_broker_was_restarted(
    broker: RedisTestBroker, worker: CeleryTestWorker
) -> None:
    broker.container._container.restart()
    patient = Retry(ConstantBackoff(0.1), 100, supported_errors=(RedisError,))
    with Redis.from_url(broker.container.url, socket_timeout=60, retry=patient) as redis:
        assert answer(redis, "again", 60) == "again"
    assert worker.container.status == "running"


def test_sigterm_ends_the_worker_once_its_work_is_done(broker: RedisTestBroker, worker: CeleryTestWorker) -> None:
    with Redis.from_url(broker.container.url) as redis:
        assert answer(redis, "last") == "last"
        worker.kill("SIGTERM", reload_container=False)
        assert worker.container._container.process.wait(40) == 0
        assert redis.hlen("unacked") == 0
    worker.assert_log_exists("shutdown (MainProcess)")
