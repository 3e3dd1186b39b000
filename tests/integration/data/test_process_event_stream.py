"""Every event once: the fast path against a plain model of the rules, on both databases."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from foundation.settings import Settings
from models.data.candles import LEVELS, pool_fills, roll_up
from models.data.candles import from_row as candle_of
from models.data.event_check import check_event
from models.data.event_columns import check_events
from storage.engine import Store
from storage.events import BLOCKS, DEAD_EVENTS, EVENTS
from storage.trades import CANDLES, TRADES
from storage.transfers import TRANSFERS
from tasks.data.process_event_stream import Request, Result, process_event_stream
from tasks.resources import Resources, use
from tests.chain_events import START, Event, chain_of, event, removals, snapshot

NOW = 1_790_000_000_000


@pytest.fixture
def home(database_url: str, tmp_path: Path) -> Iterator[Resources]:
    resources = Resources(Settings(home=tmp_path / "home", database_url=database_url))
    use(resources)
    yield resources
    resources.store.close()
    use(None)


def process(events: list[Any], **more: Any) -> Result:
    [result] = process_event_stream([Request(events=events, **more)])
    assert isinstance(result, Result), result
    assert result.received == result.accepted + result.duplicates + result.rejected_count + result.reorged
    return result


@dataclass
class Model:
    """The rules, one event after the other, on plain dictionaries."""

    live: dict[Any, bool] = field(default_factory=dict)
    number: dict[Any, int] = field(default_factory=dict)
    mark: dict[int, tuple[int, int]] = field(default_factory=dict)

    def process(self, events: list[Any]) -> dict[str, Any]:
        counts = dict.fromkeys(("accepted", "duplicates", "rejected_count", "reorged", "out_of_order"), 0)
        chains = set()
        for raw in events:
            checked = check_event(raw, NOW) if isinstance(raw, dict) else None
            if checked is None or checked.faults:
                counts["rejected_count"] += 1
                continue
            chains.add(raw["chainId"])
            for name, change in self.judge(checked.event).items():
                counts[name] += change
        live = [self.number[k] for k, is_live in self.live.items() if is_live and (not chains or k[0] in chains)]
        return {**counts, "last_block": max(live, default=None)}

    def judge(self, one: Event) -> dict[str, int]:
        chain, number, block = one["chainId"], one["blockNumber"], one["blockHash"]
        key = (chain, block, one["transactionHash"], one["logIndex"])
        mark = self.mark.get(chain, (-1, -1))
        if one["removed"]:
            if not self.live.get(key):
                return {"duplicates": 1}
            self.live[key] = False
            self.mark[chain] = min(mark, (self.number[key], -1))
            return {"reorged": 1}
        rivals = (k for k, is_live in self.live.items() if is_live and k[0] == chain and self.number[k] == number)
        if self.live.get(key) or (key in self.live and any(k[1] != block for k in rivals)):
            return {"duplicates": 1}
        self.live[key], self.number[key] = True, number
        position = (number, one["logIndex"])
        self.mark[chain] = max(mark, position)
        return {"accepted": 1, "out_of_order": int(position < mark)}


EVENTS_OF_A_FEW_BLOCKS = st.builds(
    event,
    st.integers(1, 4),
    st.integers(0, 3),
    st.integers(0, 1),
    removed=st.sampled_from([False, False, True]),
    chainId=st.sampled_from([1, 1, 1, 56]),
)
MALFORMED = st.sampled_from([None, 5, {}, event(1, 1, data="0x1"), event(1, 2, logIndex="2"), event(1, 1, extra=1)])
UNUSUAL = st.sampled_from(
    [event(2, 2, removed=None), event(2, 1, address="0x" + "F" * 40), event(3, 1, timestamp="2023-11-14T22:13:56Z")]
)
BATCHES = st.lists(st.lists(EVENTS_OF_A_FEW_BLOCKS | MALFORMED | UNUSUAL, max_size=12), max_size=5)


def compare(result: Result, expected: dict[str, Any]) -> None:
    assert {name: getattr(result, name) for name in expected} == expected


def live_keys(store: Store) -> set[Any]:
    columns = (BLOCKS.c.chain_id, BLOCKS.c.hash, EVENTS.c.transaction_hash, EVENTS.c.log_index)
    query = select(*columns).join(EVENTS, EVENTS.c.block_id == BLOCKS.c.id).where(EVENTS.c.removed == 0)
    with store.read() as connection:
        return {(c, f"0x{bytes(b).hex()}", f"0x{bytes(t).hex()}", i) for c, b, t, i in connection.execute(query)}


def check_derived(store: Store) -> None:
    """Trades, transfers and candles are those of the live events, and each block's count is right."""
    with store.read() as connection:
        live = set(connection.execute(select(EVENTS.c.id).where(EVENTS.c.removed == 0)).scalars())
        trades = connection.execute(select(TRADES)).all()
        assert {trade.event_id for trade in trades} <= live
        assert set(connection.execute(select(TRANSFERS.c.event_id)).scalars()) <= live
        counts = text(
            "SELECT b.live, SUM(1 - e.removed) FROM blocks b JOIN events e ON e.block_id = b.id GROUP BY b.id"
        )
        assert all(kept == counted for kept, counted in connection.execute(counts))
        stored = {
            (bytes(r.pool), r.chain_id, r.interval, r.timestamp): candle_of(r)
            for r in connection.execute(select(CANDLES))
        }
    anew = {}
    for level in LEVELS:
        for market in {(bytes(trade.pool), trade.chain_id) for trade in trades}:
            fills = pool_fills(t for t in trades if (bytes(t.pool), t.chain_id) == market)
            anew |= {(*market, level, opened): candle for opened, candle in roll_up(fills, level).items()}
    assert stored == anew


@settings(max_examples=40, deadline=None)
@given(batches=BATCHES)
def test_any_stream_is_judged_by_the_rules_whatever_its_batches(batches: list[list[Any]]) -> None:
    resources = Resources(Settings(database_url="sqlite://"))
    use(resources)
    try:
        model = Model()
        for batch in batches:
            dry = process(batch, store=False)
            expected = model.process(batch)
            compare(dry, expected)
            result = process(batch)
            compare(result, expected)
            assert (result.stored, dry.stored) == (expected["accepted"], 0)
            assert live_keys(resources.store) == {key for key, is_live in model.live.items() if is_live}
        check_derived(resources.store)
    finally:
        resources.store.close()
        use(None)


def test_a_reorg_of_five_blocks_is_followed_and_a_replay_stores_nothing(home: Resources) -> None:
    old = chain_of(20, 8)
    lost, new = old[-40:], chain_of(6, 8, fork=1, first=115)
    stream = [*old, *removals(lost), *new]
    model = Model()
    compare(process(stream), model.process(stream))
    before = snapshot(home.store)
    replay = process(stream)
    assert (replay.accepted, replay.reorged, replay.stored) == (0, 0, 0)
    assert replay.duplicates == len(stream)
    assert replay.last_block == 120
    assert snapshot(home.store) == before
    check_derived(home.store)


def test_large_mixed_streams_agree_with_the_rules(home: Resources) -> None:
    noise = random.Random(5)
    events = chain_of(300, 20)
    stream: list[Any] = []
    for start in range(0, len(events), 100):
        part = events[start : start + 100]
        stream += [*part, *noise.sample(part, 5), {**part[3], "blockHash": "0x12"}]
    noise.shuffle(stream[2000:2400])
    model = Model()
    for start in range(0, len(stream), 2500):
        compare(process(stream[start : start + 2500]), model.process(stream[start : start + 2500]))
    assert len(live_keys(home.store)) == 6000
    check_derived(home.store)


def test_rejected_events_are_listed_in_order_and_kept_once(home: Resources) -> None:
    bad = [event(1, 0, data="0xzz"), event(1, 1, topics=[1]), 7, event(1, 2, address="0x12")]
    stream = [event(1, n) for n in range(3)]
    mixed = [bad[0], stream[0], bad[1], stream[1], bad[2], bad[3], stream[2]]
    for _ in range(2):
        result = process(mixed)
        assert [(r.index, r.code) for r in result.rejected] == [
            (0, "INVALID_HEX"),
            (2, "WRONG_TYPE"),
            (4, "WRONG_TYPE"),
            (5, "INVALID_ADDRESS"),
        ]
    assert {row["body"] for row in home.store.rows(select(DEAD_EVENTS))} == set(map(json.dumps, bad))


def test_several_live_blocks_of_a_height_and_deep_reorgs_raise_an_alarm(home: Resources) -> None:
    assert process([event(5, 0), event(5, 0, fork=1)]).alarms == [
        "chain 1: several blocks are live at height 5: a removal is missing"
    ]
    deep = chain_of(80, 1)
    process(deep)
    result = process(removals(deep))
    assert result.reorg_depth == 80
    assert result.alarms == ["a reorg went 80 blocks deep"]


def test_old_events_are_given_up_and_then_refused(tmp_path: Path) -> None:
    use(resources := Resources(Settings(home=tmp_path, event_retention_blocks=50)))
    stream = chain_of(200, 2)
    for start in range(0, 400, 40):
        process(stream[start : start + 40])
    numbers = {row["number"] for row in resources.store.rows(select(BLOCKS))}
    assert min(numbers) >= 299 - 50 - 5
    late = process([event(100, 0), event(299, 1)])
    assert [r.code for r in late.rejected] == ["BELOW_RETENTION"]
    assert late.duplicates == 1
    resources.store.close()
    use(None)


_WORDS = ("", "0x", "0X" + "ab" * 32, "0x" + "zz" * 32, "0x" + "a " * 32, "0x" + "é" * 64, "2024-01-01", "x" * 500)
_NUMBERS = (-1, 0, 2**64, 10**30, 1.5, True, START // 1000, START * 1000)
VALUES = st.sampled_from([None, [], [None], ["0x"] * 5, {}, *_WORDS, *_NUMBERS])
HOSTILE = st.builds(
    lambda base, changes: {**base, **changes},
    EVENTS_OF_A_FEW_BLOCKS,
    st.dictionaries(st.sampled_from([*event(1, 1), "extra"]), VALUES, max_size=3),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(HOSTILE | VALUES, max_size=8))
def test_columns_and_single_checks_agree_on_hostile_events(events: list[Any]) -> None:
    columns, rejected = check_events(events, NOW)
    alone = [check_event(one, NOW) if isinstance(one, dict) else None for one in events]
    assert list(columns.index) == [i for i, checked in enumerate(alone) if checked and not checked.faults]
    assert [r.index for r in rejected] == [i for i, checked in enumerate(alone) if not checked or checked.faults]
    for row, i in enumerate(columns.index):
        checked = alone[i]
        assert checked
        assert columns.block_hash[row].hex() == checked.event["blockHash"][2:]
        assert columns.topics[row].hex() == "".join(topic[2:] for topic in checked.event["topics"])
        assert columns.data[row].hex() == checked.event["data"][2:]
        assert columns.timestamp[row] == checked.event["timestamp"]
        assert bool(columns.removed[row]) == checked.event["removed"]


def test_prices_of_pool_trades_are_rounded_once() -> None:
    with localcontext() as context:
        context.prec = 28
        [(_, candle)] = pool_fills([(b"", 1, START, 1, 1, 1, "3", "2", 1)])
        assert candle.open == Decimal(2) / Decimal(3)
