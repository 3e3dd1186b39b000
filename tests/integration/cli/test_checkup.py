"""The doctor sees what is wrong, and names the command that mends it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from redis import Redis

from cli.checkup import local, stack
from cli.checkup.finding import Finding, findings
from foundation.settings import Settings
from schemas import keys
from schemas.primitives import QUEUES
from tasks.resources import Resources, resources, use


@pytest.fixture
def redis(redis_server: str) -> Iterator[Redis]:
    client = Redis.from_url(redis_server)
    yield client
    client.close()


def look(redis: Redis, what: str) -> list[Finding]:
    return findings(what, stack.checks(redis)[what])


def test_a_server_that_may_lose_jobs_is_a_failure(redis: Redis) -> None:
    before = redis.config_get("maxmemory-policy")
    redis.config_set("maxmemory-policy", "allkeys-lru")
    try:
        found = look(redis, "redis")
    finally:
        redis.config_set("maxmemory-policy", before["maxmemory-policy"])
    assert [f.level for f in found] == ["ok", "fail", "fail"]
    assert [f.mend for f in found[1:]] == [
        "redis-cli CONFIG SET appendonly yes",
        "redis-cli CONFIG SET maxmemory-policy noeviction",
    ]


def test_queues_without_a_worker_are_named(redis: Redis) -> None:
    record = {"name": "worker-ml@here", "queue": "ml", "contract": "1"}
    key = keys.worker("ml", "here:1")
    redis.set(key, orjson.dumps(record), ex=15)
    redis.zadd(keys.WORKERS, {key: time.time() + 15})
    try:
        found = look(redis, "workers")
    finally:
        redis.delete(key)
        redis.zrem(keys.WORKERS, key)
    assert [(f.level, f.said) for f in found[:2]] == [("ok", "ml: worker-ml@here"), ("fail", "nlp: none")]
    assert len(found) == len(QUEUES)


def test_parked_and_failed_jobs_are_warned_of(redis: Redis) -> None:
    redis.rpush(keys.POISON, "x")
    redis.zadd("bull:bulk:failed", {"1": 1})
    try:
        [poison], queues = look(redis, "poison"), look(redis, "queues")
    finally:
        redis.delete(keys.POISON, "bull:bulk:failed")
    assert (poison.level, poison.said[:2]) == ("warn", "1 ")
    assert [f.mend for f in queues if f.level == "warn"] == ["./soba replay bulk"]


def test_a_check_that_cannot_look_is_a_finding() -> None:
    def broken() -> Iterator[Finding]:
        raise OSError("no such disk")
        yield

    assert findings("disk", broken) == [Finding("fail", "disk", "OSError: no such disk")]


def test_this_machine_is_well(tmp_path: Path) -> None:
    use(Resources(Settings(home=tmp_path)))
    try:
        found = [finding for what, check in local.checks().items() for finding in findings(what, check)]
    finally:
        resources().store.engine.dispose()
        use(None)
    assert [str(finding) for finding in found if finding.level == "fail"] == []
    assert {"python", "packages", "redis server", "home", "store"} <= {finding.what for finding in found}
