"""Whatever is killed, every job is answered once and none is lost."""

from __future__ import annotations

import os
import signal
import time

from schemas import keys
from tests.bridge_stack import BridgeStack


def test_a_job_that_kills_its_process_fails_alone(faulty_stack: BridgeStack) -> None:
    ids = [faulty_stack.add(f"crash-{n}", {"n": n, "act": "crash" if n == 2 else "halve"}) for n in range(5)]
    jobs = faulty_stack.over(*ids, limit=60)
    assert [job["failedReason"]["code"] if "failedReason" in job else "ok" for job in jobs] == [
        "ok",
        "ok",
        "INTERNAL",
        "ok",
        "ok",
    ]


def test_a_killed_pool_process_costs_a_retry(faulty_stack: BridgeStack) -> None:
    faulty_stack.add("child", {"n": 6, "seconds": 1.0})
    faulty_stack.until(lambda: faulty_stack.executions("child") == 1, 20, "it runs")
    os.kill(faulty_stack.children("worker-data")[0], signal.SIGKILL)
    assert faulty_stack.over("child", limit=40)[0]["returnvalue"] == {"half": 3}


def test_a_killed_worker_loses_nothing(faulty_stack: BridgeStack) -> None:
    ids = [faulty_stack.add(f"worker-{n}", {"n": n, "seconds": 0.05}) for n in range(60)]
    faulty_stack.until(lambda: faulty_stack.executions(ids[0]) == 1, 20, "they run")
    faulty_stack.kill("worker-data")
    faulty_stack.worker("data")
    jobs = faulty_stack.over(*ids, limit=60)
    assert [job["returnvalue"]["half"] for job in jobs] == [n / 2 for n in range(60)]


def test_a_worker_that_is_gone_with_its_pool_is_missed_within_seconds(faulty_stack: BridgeStack) -> None:
    """Sooner than its claims run out: a second worker stands by, and the bridge sees that no process is left."""
    faulty_stack.worker("data", "worker-data-2")
    faulty_stack.add("gone", {"n": 4, "seconds": 1.2})
    workers = ("worker-data", "worker-data-2")
    faulty_stack.until(lambda: any("executed data:gone" in faulty_stack.log(name) for name in workers), 20, "it runs")
    [victim] = [name for name in workers if "executed data:gone" in faulty_stack.log(name)]
    pool = faulty_stack.children(victim)
    faulty_stack.kill(victim)
    for child in pool:
        os.kill(child, signal.SIGKILL)
    killed = time.monotonic()
    assert faulty_stack.over("gone", limit=20)[0]["returnvalue"] == {"half": 2}
    assert time.monotonic() - killed < keys.CLAIM_SECONDS - 1
    faulty_stack.kill(next(name for name in workers if name != victim), signal.SIGTERM)
    faulty_stack.worker("data")


def test_a_killed_bridge_loses_nothing_and_repeats_nothing(faulty_stack: BridgeStack) -> None:
    ids = [faulty_stack.add(f"bridge-{n}", {"n": n, "seconds": 0.02}) for n in range(100)]
    faulty_stack.until(lambda: faulty_stack.executions(ids[0]) == 1, 20, "they run")
    faulty_stack.kill("bridge")
    faulty_stack.start("bridge")
    jobs = faulty_stack.over(*ids, limit=60)
    assert [job["returnvalue"]["half"] for job in jobs] == [n / 2 for n in range(100)]
    assert sum(faulty_stack.executions(job_id) for job_id in ids) == 100


def test_a_stopped_bridge_answers_what_it_took(faulty_stack: BridgeStack) -> None:
    ids = [faulty_stack.add(f"drain-{n}", {"n": n, "seconds": 0.02}) for n in range(40)]
    faulty_stack.until(lambda: faulty_stack.executions(ids[0]) == 1, 20, "they run")
    faulty_stack.kill("bridge", signal.SIGTERM)
    assert faulty_stack.redis.llen("bull:data:active") == 0
    assert faulty_stack.processes["bridge"].returncode == 0
    faulty_stack.start("bridge")
    faulty_stack.over(*ids, limit=40)


def test_a_message_that_got_lost_is_sent_again(faulty_stack: BridgeStack) -> None:
    faulty_stack.processes["worker-data"].send_signal(signal.SIGSTOP)
    try:
        faulty_stack.add("lost", {"n": 10})
        faulty_stack.until(lambda: faulty_stack.redis.llen("data") > 0, 10, "the batch is sent")
        faulty_stack.redis.delete("data")
    finally:
        faulty_stack.processes["worker-data"].send_signal(signal.SIGCONT)
    assert faulty_stack.over("lost", limit=40)[0]["returnvalue"] == {"half": 5}


def test_a_batch_whose_data_got_lost_is_sent_again(faulty_stack: BridgeStack) -> None:
    faulty_stack.processes["worker-data"].send_signal(signal.SIGSTOP)
    try:
        faulty_stack.add("bare", {"n": 12})
        faulty_stack.until(lambda: faulty_stack.redis.llen("data") > 0, 10, "the batch is sent")
        faulty_stack.redis.delete(*faulty_stack.redis.keys("soba:batch:*"))
    finally:
        faulty_stack.processes["worker-data"].send_signal(signal.SIGCONT)
    assert faulty_stack.over("bare", limit=40)[0]["returnvalue"] == {"half": 6}
    assert "came without its data" in faulty_stack.log("worker-data")
    assert faulty_stack.executions("bare") == 1


def test_scripts_come_back_after_the_server_forgot_them(faulty_stack: BridgeStack) -> None:
    faulty_stack.redis.script_flush()
    ids = [faulty_stack.add(f"flushed-{n}", {"n": n}) for n in range(20)]
    assert all("returnvalue" in job for job in faulty_stack.over(*ids))
