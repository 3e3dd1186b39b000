"""Several bridges on one server: they share the work, and the death of one neither loses a job nor repeats one."""

from __future__ import annotations

import orjson

from schemas import keys
from tests.bridge_stack import BridgeStack

BRIDGES = ("bridge", "bridge-2", "bridge-3")


def add(stack: BridgeStack, name: str, count: int, seconds: float) -> list[str]:
    return [stack.add(f"{name}-{n}", {"n": n, "seconds": seconds}) for n in range(count)]


def executed(stack: BridgeStack, name: str) -> list[str]:
    lines = stack.log("worker-data").split("\n")
    return [line.removeprefix("executed data:") for line in lines if line.startswith(f"executed data:{name}-")]


def test_bridges_share_the_work_and_repeat_nothing(faulty_stack: BridgeStack) -> None:
    for name in BRIDGES[1:]:
        faulty_stack.start(name, "bridge")
    ids = add(faulty_stack, "shared", 600, 0.003)
    jobs = faulty_stack.over(*ids, limit=90)
    assert [job["returnvalue"]["half"] for job in jobs] == [n / 2 for n in range(600)]
    assert sorted(executed(faulty_stack, "shared")) == sorted(ids)
    took_part = lambda: [  # noqa: E731 - local condition
        orjson.loads(record)["queues"]["data"]["done"]
        for record in faulty_stack.redis.mget(faulty_stack.redis.zrange(keys.BRIDGES, 0, -1))
    ]
    faulty_stack.until(lambda: sum(took_part()) == 600, 20, "the bridges have told of all jobs")
    assert len(took_part()) == len(BRIDGES) and all(took_part())


def test_one_of_several_bridges_dies_under_load(faulty_stack: BridgeStack) -> None:
    ids = add(faulty_stack, "orphaned", 400, 0.01)
    faulty_stack.until(lambda: len(executed(faulty_stack, "orphaned")) > 50, 30, "they run")
    faulty_stack.kill("bridge-2")
    jobs = faulty_stack.over(*ids, limit=90)
    assert [job["returnvalue"]["half"] for job in jobs] == [n / 2 for n in range(400)]
    assert sorted(executed(faulty_stack, "orphaned")) == sorted(ids)
    assert faulty_stack.redis.llen("bull:data:active") == 0
