"""The bridge with real jobs, a real worker and a real server: what goes in, what comes out."""

from __future__ import annotations

import time
import urllib.request
from typing import Any

import orjson
import pytest

from beat import probes
from beat.job import add
from foundation.settings import Settings
from schemas import keys
from tasks.resources import Resources, use
from tests.bridge_stack import BridgeStack


def code(job: dict[str, Any]) -> str:
    return str(job["failedReason"]["code"])


def test_a_batch_is_answered_job_by_job(bridge_stack: BridgeStack) -> None:
    ids = [bridge_stack.add(f"batch-{n}", {"n": n}) for n in range(300)]
    jobs = bridge_stack.over(*ids)
    assert [job["returnvalue"]["half"] for job in jobs] == [n / 2 for n in range(300)]
    assert all(bridge_stack.executions(job_id) == 1 for job_id in ids)


def test_a_result_is_polled_under_celerys_key(bridge_stack: BridgeStack) -> None:
    [job] = bridge_stack.over(bridge_stack.add("polled", {"n": 3}))
    meta = bridge_stack.polled("polled")
    assert (meta["status"], meta["task_id"], meta["result"]) == ("SUCCESS", "data:polled", job["returnvalue"])
    assert 80_000 < bridge_stack.redis.ttl(keys.result("data", "polled")) <= 86_400


@pytest.mark.parametrize(
    ("request_", "expected", "path"),
    [
        ({"n": "4"}, "INVALID_INPUT", "n"),
        ({"n": 4, "other": 1}, "INVALID_INPUT", "other"),
        ({"n": 4, "act": "x" * 20_000}, "PAYLOAD_TOO_LARGE", None),
        ({}, "INVALID_INPUT", "n"),
        (None, "INVALID_INPUT", ""),
    ],
)
def test_bad_input_fails_alone(
    bridge_stack: BridgeStack, request_: dict[str, Any] | None, expected: str, path: str | None
) -> None:
    name = f"bad-{time.time_ns()}"
    ids = [f"{name}-{n}" for n in range(5)]
    for position, job_id in enumerate(ids):
        bridge_stack.add(job_id, request_ if position == 2 else {"n": position}, attempts=4)
    jobs = bridge_stack.over(*ids)
    assert [bridge_stack.state(job_id) for job_id in ids] == ["completed"] * 2 + ["failed"] + ["completed"] * 2
    assert code(jobs[2]) == expected
    assert jobs[2]["atm"] == 1, "attempts are not spent on what cannot succeed"
    assert bridge_stack.polled(ids[2])["result"] == jobs[2]["failedReason"]
    if path is not None:
        assert jobs[2]["failedReason"]["details"][0]["path"] == path


@pytest.mark.parametrize("name", ["os.system", "celery.backend_cleanup", "nlp.ping", "__proto__", ""])
def test_nothing_outside_the_registry_runs(bridge_stack: BridgeStack, name: str) -> None:
    [job] = bridge_stack.over(bridge_stack.add(f"unknown-{time.time_ns()}", {}, name=name))
    assert code(job) == "UNKNOWN_OPERATION"


def test_a_retryable_failure_spends_attempts_with_backoff(bridge_stack: BridgeStack) -> None:
    backoff = {"type": "exponential", "delay": 100}
    bridge_stack.add("retried", {"n": 1, "act": "unavailable"}, attempts=3, backoff=backoff)
    [job] = bridge_stack.over("retried")
    assert code(job) == "MODEL_UNAVAILABLE"
    assert job["atm"] == 3
    assert job["finishedOn"] - job["timestamp"] >= 300


def test_options_that_make_no_sense_harm_nobody(bridge_stack: BridgeStack) -> None:
    nonsense = {
        "attempts": "many",
        "delay": "a while",
        "backoff": {"type": ["exponential"], "delay": "soon"},
        "removeOnComplete": "yes",
        "removeOnFail": {"count": "all", "age": None},
        "tm": [1],
    }
    for name, wanted in (("halve", "completed"), ("unavailable", "failed")):
        bridge_stack.over(bridge_stack.add(f"odd-{name}", {"n": 1, "act": name}, **nonsense))
        assert bridge_stack.state(f"odd-{name}") == wanted
    slow = {"attempts": 2, "backoff": {"type": ["exponential"], "delay": "soon"}}
    bridge_stack.over(bridge_stack.add("odd-backoff", {"n": 1, "act": "unavailable"}, **slow))
    bridge_stack.redis.hset("bull:data:torn", mapping={"name": "data.misbehave", "opts": "{", "timestamp": "now"})
    bridge_stack.redis.lpush("bull:data:wait", "torn")
    bridge_stack.redis.zadd("bull:data:marker", {"0": 0})
    assert code(bridge_stack.over("torn")[0]) == "INVALID_INPUT"
    assert bridge_stack.processes["bridge"].poll() is None
    assert "Traceback" not in bridge_stack.log("bridge")


def test_a_deadline_that_has_passed_is_told(bridge_stack: BridgeStack) -> None:
    late, fine = (bridge_stack.add(f"due-{n}", {"n": n}, deadline=int(time.time() * 1000) + n) for n in (-5, 60_000))
    jobs = bridge_stack.over(late, fine)
    assert code(jobs[0]) == "DEADLINE_EXCEEDED"
    assert "returnvalue" in jobs[1]


def test_one_slow_job_does_not_fail_its_batch(bridge_stack: BridgeStack) -> None:
    ids = [bridge_stack.add(f"slow-{n}", {"n": n, "seconds": 4.0 if n == 3 else 0.0}) for n in range(6)]
    jobs = bridge_stack.over(*ids)
    assert [code(job) if "failedReason" in job else "ok" for job in jobs] == ["ok"] * 3 + ["TIMEOUT"] + ["ok"] * 2


def test_progress_reaches_the_job(bridge_stack: BridgeStack) -> None:
    bridge_stack.add("steps", {"n": 1, "act": "steps", "seconds": 0.8}, queue="bulk")
    bridge_stack.until(lambda: isinstance(bridge_stack.job("steps", "bulk").get("progress"), dict), 20, "progress")
    assert set(bridge_stack.job("steps", "bulk")["progress"]) == {"done", "total", "stage", "message"}
    bridge_stack.over("steps", queue="bulk")


@pytest.mark.parametrize("act", ["steps", "deaf"])
def test_a_running_job_is_cancelled_by_word_or_by_signal(bridge_stack: BridgeStack, act: str) -> None:
    """A job that reports progress hears of it; one that does not is ended with its process."""
    job_id = f"cancelled-{act}"
    bridge_stack.add(job_id, {"n": 1, "act": act, "seconds": 1.2 if act == "steps" else 30.0}, queue="bulk")
    bridge_stack.until(lambda: bridge_stack.executions(job_id, "bulk") == 1, 20, "it runs")
    bridge_stack.redis.set(keys.cancel("bulk", job_id), 1, ex=60)
    bridge_stack.redis.publish(keys.CANCEL_CHANNEL, f"bulk:{job_id}")
    [job] = bridge_stack.over(job_id, queue="bulk", limit=5)
    assert code(job) == "CANCELLED"
    next_one = bridge_stack.add(f"after-{act}", {"n": 8}, queue="bulk")
    assert bridge_stack.over(next_one, queue="bulk", limit=20)[0]["returnvalue"] == {"half": 4}


def test_a_paused_queue_waits_and_a_delayed_job_comes_when_due(bridge_stack: BridgeStack) -> None:
    bridge_stack.redis.hset("bull:data:meta", "paused", 1)
    bridge_stack.add("paused", {"n": 1})
    time.sleep(0.4)
    assert bridge_stack.state("paused") == "waiting"
    bridge_stack.redis.hdel("bull:data:meta", "paused")
    bridge_stack.redis.zadd("bull:data:marker", {"0": 0})
    bridge_stack.over("paused")


def test_poison_is_parked_whole_and_the_worker_lives(bridge_stack: BridgeStack) -> None:
    poison = [b"[1]", b"\xff\xfe", b'{"body": "WzFd", "headers": {}, "properties": {}}']
    before = bridge_stack.redis.llen(keys.POISON)
    for message in poison:
        bridge_stack.redis.lpush("data", message)
    bridge_stack.until(lambda: bridge_stack.redis.llen(keys.POISON) == before + len(poison), 20, "poison is parked")
    assert set(bridge_stack.redis.lrange(keys.POISON, before, -1)) == set(poison)
    assert bridge_stack.over(bridge_stack.add("after-poison", {"n": 2}))[0]["returnvalue"] == {"half": 1}
    assert bridge_stack.redis.hlen("unacked") == 0


def test_records_say_who_serves_what(bridge_stack: BridgeStack) -> None:
    names = bridge_stack.redis.zrange(keys.WORKERS, 0, -1)
    assert {name.split(b":")[2] for name in names} == {b"data", b"bulk"}
    assert bridge_stack.redis.zcard(keys.BRIDGES) == 1


def test_a_worker_serves_the_metrics_of_its_pool(bridge_stack: BridgeStack) -> None:
    bridge_stack.over(bridge_stack.add("measured", {"n": 1}))
    records = [orjson.loads(found) for found in bridge_stack.redis.mget(bridge_stack.redis.zrange(keys.WORKERS, 0, -1))]
    port = next(record["metricsPort"] for record in records if record["queue"] == "data")
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as page:
        assert 'soba_batch_run_seconds_count{operation="data.misbehave"}' in page.read().decode()


def test_beats_probes_are_answered_and_leave_nothing_behind(bridge_stack: BridgeStack) -> None:
    kept = bridge_stack.over(bridge_stack.add("kept", {"n": "bad"}))
    use(Resources(Settings(redis_url=bridge_stack.url)))
    try:
        add(bridge_stack.redis, "bull", probes.due())
        fate = keys.result("data", bridge_stack.redis.hget(keys.PROBES_SENT, "data").decode())
        bridge_stack.until(lambda: bridge_stack.redis.exists(fate) == 1, 20, "the probe is answered")
        probes.due()
    finally:
        use(None)
    [written] = [orjson.loads(line) for line in bridge_stack.redis.lrange(keys.probe("data"), 0, -1)]
    assert written["ok"]
    assert written["latencyMs"] >= 0
    assert not bridge_stack.redis.keys("bull:data:probe-*")
    assert kept and bridge_stack.state("kept") == "failed", "others' dead letters stay"
