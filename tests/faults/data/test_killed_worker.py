"""A real worker that is killed in the middle of a stream, over and over, leaves the store of one that never was."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from foundation.settings import Settings
from storage.engine import Store
from storage.events import cursor_of
from tasks.data.process_event_stream import Request, Result, process_event_stream
from tasks.resources import Resources, use
from tests.bridge_stack import BridgeStack
from tests.chain_events import chain_of, removals, snapshot
from tests.servers import valkey

STREAM, GROUP, WORKER = "killed-events", "soba", "worker-bulk"
KILLS = 10
PARENTS = (3, 7)
"""Kills that take the worker's parent process with its pool; the others take the pool process at work."""


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[BridgeStack]:
    with valkey(tmp_path) as url:
        made = BridgeStack(tmp_path, url)
        try:
            made.start("bridge", "bridge")
            made.worker("bulk")
            yield made
        finally:
            made.stop()


def entries() -> list[list[Any]]:
    """Events with repetitions, malformed ones and a reorg of five blocks, 100 an entry."""
    old = chain_of(1000, 40)
    new = chain_of(6, 40, fork=1, first=1095)
    events = [*old[:9000], *old[8500:9100], {"chainId": 0}, *old[9000:], *removals(old[-200:]), *new]
    return [events[start : start + 100] for start in range(0, len(events), 100)]


def feed(stack: BridgeStack, part: Sequence[list[Any]]) -> str:
    """Add entries to the stream; the id of the last."""
    ids = [stack.redis.xadd(STREAM, {"events": json.dumps(events)}) for events in part]
    last = ids[-1]
    return last.decode() if isinstance(last, bytes) else str(last)


def ask(stack: BridgeStack, job_id: str) -> None:
    stack.add(job_id, {"stream": STREAM, "group": GROUP}, queue="bulk", name="data.process-event-stream")


def runs(stack: BridgeStack, job_id: str) -> bool:
    return stack.executions(job_id, "bulk") >= 1


def kill(stack: BridgeStack, *, parent: bool) -> None:
    pool = stack.children(WORKER)
    if parent:
        stack.kill(WORKER)
    for process in pool:
        os.kill(process, signal.SIGKILL)
    if parent:
        stack.worker("bulk")


def run_alone(home: Path, url: str) -> Result:
    use(here := Resources(Settings(home=home, redis_url=url)))
    [whole] = process_event_stream([Request(stream=STREAM, group="alone")])
    here.store.close()
    use(None)
    assert isinstance(whole, Result)
    return whole


def test_ten_kills_of_a_worker_leave_the_store_of_none(stack: BridgeStack, tmp_path: Path) -> None:
    noise, all_entries = random.Random(11), entries()
    store = Store(Settings(home=stack.folder / "home").database)
    share, last, midway = len(all_entries) // KILLS, "", 0
    for turn in range(KILLS):
        last = feed(stack, all_entries[turn * share : (turn + 1) * share if turn < KILLS - 1 else None])
        job = f"turn-{turn}"
        ask(stack, job)
        stack.until(partial(runs, stack, job), 30, f"{job} runs", every=0.002)
        time.sleep(noise.uniform(0, 0.05))
        with store.read() as connection:
            midway += cursor_of(connection, STREAM, GROUP) != last
        kill(stack, parent=turn in PARENTS)
    ask(stack, "the rest")

    def reached() -> bool:
        with store.read() as connection:
            return cursor_of(connection, STREAM, GROUP) == last

    stack.until(reached, 40, "the stream is read to its end")
    assert midway >= 3, "too few kills came while there was something to read"
    whole = run_alone(tmp_path / "alone", stack.url)
    alone = Store(Settings(home=tmp_path / "alone").database)
    one, other = snapshot(store), snapshot(alone)
    assert one.pop("cursors")[0][2] == other.pop("cursors")[0][2]
    assert one == other
    assert len([row for row in one["events"] if not row[4]]) == whole.accepted - whole.reorged
    alone.close()
    store.close()
