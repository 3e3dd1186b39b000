"""Velocity windows on a real server: they hold what a plain list would say, once for each transaction."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis

from features.velocity import MEMBERS, TIERS, WINDOWS, Movement, Subject, Velocity

NOW = 1_790_000_000_000


@pytest.fixture
def redis(redis_server: str) -> Iterator[Redis]:
    with Redis.from_url(redis_server) as client:
        yield client


def fresh(redis: Redis, now: int = NOW) -> Velocity:
    return Velocity(redis, prefix=f"test:{uuid.uuid4()}", clock=lambda: now / 1000)


def movement(number: int, at: int = NOW, amount: float = 1.0, other: str | None = "b") -> Movement:
    return Movement(f"t{number}", at, (Subject("wallet", "a", amount, other),))


events = st.lists(
    st.tuples(st.integers(0, 40 * 86_400_000), st.integers(0, 1000), st.sampled_from("bcdefg")), min_size=1, max_size=40
)


@given(events)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_windows_hold_what_a_list_would_say(redis: Redis, happened: list[tuple[int, int, str]]) -> None:
    happened = sorted(happened, key=lambda event: -event[0])
    velocity = Velocity(redis, f"test:{uuid.uuid4()}", clock=lambda: clock[0] / 1000)
    clock = [0]
    log: list[tuple[int, int, str]] = []
    for number, (ago, amount, other) in enumerate(happened):
        clock[0] = NOW - ago
        log.append((clock[0], amount, other))
        [moved] = velocity.observe([movement(number, clock[0], amount, other)]) or []
        for name, window in WINDOWS.items():
            width = TIERS[window.tier - 1][0]
            first = clock[0] // width - window.buckets + 1
            inside = [event for event in log if event[0] // width >= first]
            later = [event for event in log if event[0] > clock[0] - window.length]
            found = moved.windows["wallet"][name]
            assert found["count"] == len(inside)
            assert found["sum"] == sum(event[1] for event in inside)
            assert found["distinct"] == len({event[2] for event in later})


def test_a_transaction_counts_once_however_often_it_comes(redis: Redis) -> None:
    velocity = fresh(redis)
    twice = velocity.observe([movement(1), movement(1)]) or []
    again = velocity.observe([movement(1)]) or []
    assert [moved.counted for moved in twice + again] == [True, False, False]
    assert all(moved.windows["wallet"]["1m"]["count"] == 1 for moved in twice + again)


def test_a_late_transaction_sees_its_own_time(redis: Redis) -> None:
    velocity = fresh(redis)
    velocity.observe([movement(1), movement(2)])
    [late] = velocity.observe([movement(3, NOW - 3_600_000, other="c")]) or []
    assert late.windows["wallet"]["1m"] == {"count": 1, "sum": 1, "distinct": 1}
    [after] = velocity.observe([movement(4)]) or []
    assert after.windows["wallet"]["1d"]["count"] == 4
    assert after.windows["wallet"]["1m"]["count"] == 3


def test_a_time_far_ahead_does_not_push_the_windows_on(redis: Redis) -> None:
    velocity = fresh(redis)
    velocity.observe([movement(1, NOW + 10**12)])
    [moved] = velocity.observe([movement(2)]) or []
    assert moved.windows["wallet"]["30d"]["count"] == 2


def test_memory_is_bounded_and_ends(redis: Redis) -> None:
    velocity = fresh(redis)
    for start in range(0, MEMBERS + 500, 500):
        velocity.observe([movement(n, NOW - n * 60_000, other=f"p{n}") for n in range(start, start + 500)])
    ring, others = velocity._keys("wallet", "a")
    assert redis.hlen(ring) <= sum(slots for _, slots in TIERS)
    assert redis.zcard(others) == MEMBERS
    assert 0 < redis.pttl(ring) <= 31 * 86_400_000
    assert 0 < redis.pttl(others) <= 31 * 86_400_000


def test_a_repayment_is_found(redis: Redis) -> None:
    velocity = fresh(redis)
    velocity.observe([movement(1, NOW - 120_000)])
    back = Movement("t2", NOW, (Subject("wallet", "b", 1.0, "a"),), repayment=("a", "b"))
    [moved] = velocity.observe([back]) or []
    assert moved.repaid_after_minutes == 2


def test_the_script_is_loaded_again_after_a_restart(redis: Redis) -> None:
    velocity = fresh(redis)
    velocity.observe([movement(1)])
    redis.script_flush()
    [moved] = velocity.observe([movement(2)]) or []
    assert moved.windows["wallet"]["1h"]["count"] == 2


def test_without_redis_nothing_fails_and_it_is_not_asked_again_at_once() -> None:
    nobody = Redis(port=1, socket_timeout=0.2)
    velocity = Velocity(nobody)
    assert velocity.observe([movement(1)]) is None
    assert velocity.observe([movement(1)]) is None


def test_amounts_of_any_size_are_summed(redis: Redis) -> None:
    velocity = fresh(redis)
    [moved] = velocity.observe([movement(1, amount=float(2**256 - 1))]) or []
    assert moved.windows["wallet"]["30d"]["sum"] == float(2**256 - 1)
