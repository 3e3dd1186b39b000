"""Liquidity of a token's pools from their logs: exact amounts, locks, pulls; real pools; any order and any bytes."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.blockchain.contracts.liquidity import LOCKERS, NOBODY, SYNC, TRANSFER, Log, liquidity_of
from tasks.blockchain.analyze_contract import Request, Result, analyze_contract

POOL, ZERO, MAKER, OTHER = ("0x" + digit * 40 for digit in "a0bc")
LOCKER = next(iter(LOCKERS))


def transfer(at: int, giver: str, taker: str, amount: int, transaction: str | None = None) -> Log:
    topics = [TRANSFER, "0x" + giver[2:].zfill(64), "0x" + taker[2:].zfill(64)]
    return Log(POOL, topics, f"0x{amount:064x}", (at, 0), transaction or f"0x{at:064x}")


OPENED = [transfer(1, ZERO, ZERO, 1000), transfer(2, ZERO, MAKER, 9000)]


def test_who_holds_a_pool_is_told_to_the_unit() -> None:
    logs = [*OPENED, transfer(3, MAKER, LOCKER, 4000), Log(POOL, [SYNC], f"0x{7:064x}{11:064x}", (4, 0))]
    [pool] = liquidity_of(logs)
    assert (pool.supply, pool.burned, pool.locked, pool.largest_holder) == (10_000, 1000, 4000, (MAKER, 5000))
    assert pool.reserves == (7, 11)
    assert (pool.pulled, pool.complete, pool.risks) == (False, True, [])


def test_a_pool_is_pulled_where_one_transaction_burns_nearly_all_of_it() -> None:
    taken = [transfer(3, MAKER, POOL, 9000), transfer(4, POOL, ZERO, 9000)]
    [pool] = liquidity_of(OPENED + taken)
    assert (pool.supply, pool.largest_removal.share, pool.pulled) == (1000, 0.9, True)
    assert pool.risks == ["liquidity_pulled"]
    [again] = liquidity_of([*OPENED, *taken, transfer(5, ZERO, OTHER, 500)])
    assert not again.pulled


def test_parts_of_one_transaction_count_together() -> None:
    parts = [transfer(3 + at, POOL, ZERO, 4500, "0x" + "1" * 64) for at in range(2)]
    [pool] = liquidity_of([*OPENED, transfer(2, MAKER, POOL, 9000), *parts])
    assert pool.pulled
    apart = [transfer(3 + at, POOL, ZERO, 4500) for at in range(2)]
    [slowly] = liquidity_of([*OPENED, transfer(2, MAKER, POOL, 9000), *apart])
    assert slowly.largest_removal.amount == 4500


def test_logs_that_begin_too_late_say_so() -> None:
    [pool] = liquidity_of([transfer(9, MAKER, OTHER, 5)])
    assert not pool.complete
    assert pool.largest_holder == (OTHER, 5)


@given(st.permutations([*OPENED, transfer(3, MAKER, OTHER, 1000), transfer(4, OTHER, LOCKER, 600)]))
def test_the_order_of_the_logs_given_does_not_matter(logs: list[Log]) -> None:
    [pool] = liquidity_of(logs)
    assert (pool.supply, pool.locked, pool.largest_holder) == (10_000, 600, (MAKER, 8000))


_PEOPLE = st.sampled_from([ZERO, POOL, MAKER, OTHER, LOCKER, *sorted(NOBODY)])


@given(st.lists(st.tuples(_PEOPLE, _PEOPLE, st.integers(0, 2**256 - 1)), max_size=30))
def test_amounts_stay_exact_and_in_range_whatever_is_logged(moves: list[tuple[str, str, int]]) -> None:
    for pool in liquidity_of(transfer(at, *move) for at, move in enumerate(moves)):
        assert pool.supply >= 0
        assert all(amount >= 0 for amount in pool.balances.values())
        assert 0 <= pool.largest_removal.share <= 1


def test_the_operation_takes_logs_as_a_node_gives_them() -> None:
    logs = [
        {"address": POOL, "topics": log.topics, "data": log.data, "blockNumber": hex(log.place[0]), "logIndex": "0x0",
         "transactionHash": log.transaction, "blockHash": "0x00", "removed": False}
        for log in [*OPENED, transfer(3, MAKER, POOL, 9000), transfer(4, POOL, ZERO, 9000)]
    ]  # fmt: skip
    [result] = analyze_contract([Request.model_validate_json(json.dumps({"logs": logs}))])
    assert isinstance(result, Result)
    told = json.loads(result.model_dump_json(by_alias=True))["liquidity"][0]
    assert (told["supply"], told["removed"], told["removedShare"], told["pulled"]) == ("1000", "9000", 0.9, True)
    assert (result.risk_score, result.risk_level) == (80, "critical")


@pytest.mark.parametrize("place", ["0x", "007", 7, None, "0x" + "f" * 64])
def test_any_way_to_write_a_block_is_read(place: Any) -> None:
    log = {"address": POOL, "topics": OPENED[1].topics, "data": OPENED[1].data, "blockNumber": place}
    [result] = analyze_contract([Request.model_validate_json(json.dumps({"logs": [log]}))])
    assert isinstance(result, Result)
    assert result.liquidity is not None
    assert result.liquidity[0].supply == 9000


@pytest.mark.data
def test_real_pools_are_pulled_as_computed_from_their_whole_history(data_dir: Path) -> None:
    rows = json.loads(gzip.decompress((data_dir / "chain" / "rug" / "univ2_pool_logs.json.gz").read_bytes()))
    for row in rows:
        logs = [
            Log(row["pool"].lower(), [TRANSFER, *("0x" + a[2:].lower().zfill(64) for a in move[3:5])],
                f"0x{int(move[5]):064x}", (move[0], move[2]), move[6])
            for move in row["lp_transfers"]
        ]  # fmt: skip
        [pool] = liquidity_of(logs)
        assert pool.complete
        assert pool.pulled == row["computed"]["liquidity_pull"]
        assert pool.largest_removal.share == pytest.approx(row["computed"]["max_single_burn_share"], abs=1e-5)
