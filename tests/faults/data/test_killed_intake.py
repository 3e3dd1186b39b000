"""A process that is killed at any moment neither loses nor doubles an event."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import redis

from foundation.settings import Settings
from storage.engine import Store
from tasks.data.process_event_stream import Request, Result, process_event_stream
from tasks.resources import Resources, use
from tests.chain_events import chain_of, removals, snapshot

STREAM = "events"


def resources(home: Path, redis_url: str) -> Resources:
    return Resources(Settings(home=home, redis_url=redis_url))


def run(home: Path, redis_url: str, group: str) -> list[Any]:
    use(here := resources(home, redis_url))
    try:
        return list(process_event_stream([Request(stream=STREAM, group=group)]))
    finally:
        here.store.close()
        use(None)


def fill(redis_url: str) -> int:
    """A stream with repetitions, malformed events and a reorg; the number of live events at its end."""
    old = chain_of(400, 20)
    new = chain_of(10, 20, fork=1, first=495)
    events = [*old, *old[500:700], {"chainId": 0}, *removals(old[-100:]), *new]
    with redis.Redis.from_url(redis_url) as client:
        for start in range(0, len(events), 250):
            client.xadd(STREAM, {"events": json.dumps(events[start : start + 250])})
    return len(old) - 100 + len(new)


def test_ten_kills_leave_the_store_of_a_run_without_any(tmp_path: Path, redis_server: str) -> None:
    live = fill(redis_server)
    began = time.monotonic()
    [whole] = run(tmp_path / "whole", redis_server, "whole")
    took = time.monotonic() - began
    assert isinstance(whole, Result)

    noise, fork = random.Random(7), multiprocessing.get_context("fork")
    Store(Settings(home=tmp_path / "killed").database).close()
    killed = 0
    for _ in range(10):
        child = fork.Process(target=run, args=(tmp_path / "killed", redis_server, "whole again"))
        child.start()
        time.sleep(noise.uniform(0, took / 4))
        if child.pid and child.is_alive():
            os.kill(child.pid, signal.SIGKILL)
            killed += 1
        child.join()
    assert killed >= 5
    run(tmp_path / "killed", redis_server, "whole again")

    first, second = (Store(Settings(home=tmp_path / name).database) for name in ("whole", "killed"))
    one, other = snapshot(first), snapshot(second)
    assert one.pop("cursors")[0][2] == other.pop("cursors")[0][2]
    assert one == other
    assert len([row for row in one["events"] if row[4] == 0]) == live
    first.close()
    second.close()
