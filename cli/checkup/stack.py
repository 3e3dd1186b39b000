"""What can be seen of a running stack: server, processes, workers, queues."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

import psutil

from cli.checkup.finding import Check, Finding
from cli.stack.home import Home
from foundation.settings import get_settings
from schemas import keys
from schemas.primitives import QUEUES

if TYPE_CHECKING:
    from redis import Redis

STALE = 20.0
LONG_QUEUE = 1000


def checks(redis: Redis) -> dict[str, Check]:
    return {
        "redis": lambda: _redis(redis),
        "processes": _processes,
        "heartbeats": _heartbeats,
        "bridges": lambda: _bridges(redis),
        "workers": lambda: _workers(redis),
        "queues": lambda: _queues(redis),
        "poison": lambda: _poison(redis),
    }


def _redis(redis: Redis) -> Iterator[Finding]:
    server = redis.info("server")
    version = server.get("valkey_version", server["redis_version"])
    yield Finding("ok", "redis", f"{version}, up {server['uptime_in_seconds']} s")
    for name, wanted, why in (
        ("appendonly", "yes", "a restart loses jobs"),
        ("maxmemory-policy", "noeviction", "jobs may be evicted"),
    ):
        value = cast("dict[str, str]", redis.config_get(name)).get(name)
        if value != wanted:
            yield Finding("fail", "redis", f"{name} is {value}: {why}", f"redis-cli CONFIG SET {name} {wanted}")


def _processes() -> Iterator[Finding]:
    run = Home(get_settings().home).read()
    if run is None:
        return
    dead = [entry["name"] for entry in run["processes"] if not psutil.pid_exists(entry["pid"])]
    if dead:
        yield Finding("fail", "processes", f"{', '.join(dead)} not running", "./soba down; ./soba up --detach")
    else:
        yield Finding("ok", "processes", f"{len(run['processes'])} running")


def _heartbeats() -> Iterator[Finding]:
    home = Home(get_settings().home)
    run = home.read()
    if run is None:
        return
    names = {entry["name"] for entry in run["processes"]}
    files = [file for file in (home.folder / "run").glob("*.heartbeat") if file.stem in names]
    stale = [file.stem for file in files if time.time() - file.stat().st_mtime > STALE]
    if stale:
        yield Finding("warn", "heartbeats", f"{', '.join(stale)} silent for over {STALE:g} s", f"look into {home.logs}")
    else:
        yield Finding("ok", "heartbeats", f"{len(files)} fresh")


def _records(redis: Redis, index: str) -> list[dict[str, Any]]:
    """The records that live processes keep, by their index of expiry times."""
    names = cast("list[bytes]", redis.zrangebyscore(index, time.time(), "+inf"))
    found = cast("list[bytes | None]", redis.mget(names)) if names else []
    return [json.loads(record) for record in found if record]


def _bridges(redis: Redis) -> Iterator[Finding]:
    count = len(_records(redis, keys.BRIDGES))
    if count:
        yield Finding("ok", "bridges", f"{count} alive")
    else:
        yield Finding("fail", "bridges", "none: no job reaches a worker", "./soba up, or python -m bridge")


def _workers(redis: Redis) -> Iterator[Finding]:
    records = _records(redis, keys.WORKERS)
    for queue in QUEUES:
        names = [record["name"] for record in records if record["queue"] == queue]
        if names:
            yield Finding("ok", "workers", f"{queue}: {', '.join(names)}")
        else:
            yield Finding("fail", "workers", f"{queue}: none", f"./soba up --only worker-{queue}, or restart the stack")
    if len({record["contract"] for record in records} - {None}) > 1:
        yield Finding("warn", "workers", "they serve different versions of the operations", "restart the older ones")


def _queues(redis: Redis) -> Iterator[Finding]:
    for queue in QUEUES:
        base = f"{get_settings().bull_prefix}:{queue}:"
        pipe = redis.pipeline(transaction=False)
        pipe.llen(f"{base}wait")
        pipe.zcard(f"{base}prioritized")
        pipe.llen(f"{base}active")
        pipe.zcard(f"{base}failed")
        wait, prioritized, active, failed = pipe.execute()
        waiting = wait + prioritized
        text = f"{queue}: {waiting} waiting, {active} active, {failed} failed"
        if waiting > LONG_QUEUE:
            yield Finding("warn", "queues", text, f"./soba up --scale worker-{queue}=2, or add a machine")
        elif failed:
            yield Finding("warn", "queues", text, f"./soba replay {queue}")
        else:
            yield Finding("ok", "queues", text)


def _poison(redis: Redis) -> Iterator[Finding]:
    count = redis.llen(keys.POISON)
    if count:
        look = f"redis-cli LRANGE {keys.POISON} 0 9 (then DEL it)"
        yield Finding("warn", "poison", f"{count} messages that no worker could read are parked", look)
    else:
        yield Finding("ok", "poison", "no message parked")
