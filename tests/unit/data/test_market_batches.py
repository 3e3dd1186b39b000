"""Series that are checked together are checked as they would be alone."""

from __future__ import annotations

import json
import random
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import median_filter

from models.data.market_check import check_candles, check_many
from models.data.market_laid import Laid, run_lengths
from models.data.market_rows import candles_of
from schemas.candle_text import Table
from tasks.data.validate_market_data import Request
from tasks.discovery import find
from tasks.runner import run

OPERATION = find("data.validate-market-data")
HOUR = 3_600_000
START = 1_700_002_800_000
Rows = list[dict[str, Any]]


def walk(count: int, seed: int) -> Rows:
    """A lively random walk, each candle opening where the last one closed."""
    noise, price, rows = random.Random(seed), 100.0, []
    for hour in range(count):
        close = round(price * (1 + noise.gauss(0, 0.01)), 3)
        high, low = round(max(price, close) * 1.002, 3), round(min(price, close) * 0.998, 3)
        candle = {"timestamp": START + hour * HOUR, "open": price, "high": high, "low": low, "close": close}
        rows.append({**candle, "volume": round(noise.random() * 10, 2)})
        price = close
    return rows


SPOILT = st.tuples(
    st.integers(0, 120),
    st.sampled_from(["timestamp", "open", "high", "low", "close", "volume"]),
    st.sampled_from([0, -1, 0.0001, 1e7, 1e301, START, START // 1000, START + 7 * HOUR, START + 60_000, 10**25, 2.5]),
)


@st.composite
def spoilt(draw: st.DrawFn) -> dict[str, Any]:
    """A request for candles of which some numbers are wrong, some rows missing, repeated or out of order."""
    rows = walk(draw(st.integers(0, 120)), draw(st.integers(0, 5)))
    for place, name, value in draw(st.lists(SPOILT, max_size=4)):
        if rows:
            rows[place % len(rows)][name] = value
    for place in draw(st.lists(st.integers(0, 120), max_size=2)):
        if rows:
            rows.insert(place // 2, dict(rows.pop(place % len(rows))))
    if draw(st.booleans()):
        del rows[draw(st.integers(0, 120)) :: draw(st.integers(2, 40))]
    interval = draw(st.sampled_from([None, "1h", "1h", "5m", "1w"]))
    return {"kind": "candles", "symbol": "X", "rows": rows, "interval": interval, "repair": draw(st.booleans())}


ODD = st.sampled_from(
    [
        {"kind": "trades", "symbol": "X", "rows": [{"timestamp": START, "price": 1, "amount": 2, "side": "buy"}] * 3},
        {"kind": "candles", "symbol": "X", "rows": [None, {}, {"timestamp": "x"}]},
        {"kind": "candles", "symbol": "", "rows": []},
    ]
)


@settings(deadline=None, max_examples=60)
@given(st.lists(spoilt() | ODD, max_size=12))
def test_a_batch_is_answered_as_one_by_one(requests: list[dict[str, Any]]) -> None:
    lines = [json.dumps(request) for request in requests]
    alone = [str(answer) for line in lines for answer in run(OPERATION, [line])]
    assert [str(answer) for answer in run(OPERATION, lines)] == alone


@settings(deadline=None, max_examples=100)
@given(spoilt())
def test_plain_candles_are_judged_as_object_by_object(request: dict[str, Any]) -> None:
    [tabled, spelt] = run(OPERATION, [json.dumps(request), json.dumps(request, indent=1)])
    assert tabled == spelt


def test_plain_candles_are_read_as_a_table_and_others_are_not() -> None:
    request = {"kind": "candles", "symbol": "X", "rows": walk(50, 1)}
    assert isinstance(Request.model_validate_json(json.dumps(request)).rows, Table)
    for change in ({"kind": "trades"}, {"rows": [{**row, "close": "1.5"} for row in walk(50, 1)]}, {"rows": []}):
        assert isinstance(Request.model_validate_json(json.dumps(request | change)).rows, list)


def test_more_rows_than_are_laid_together_at_once() -> None:
    long, short = walk(60_000, 2), walk(30, 3)
    series = [(candles_of(rows), HOUR) for rows in (short, long, long, short, [], short)]
    reports = check_many(series)
    assert [len(report.stamps) for report in reports] == [30, 60_000, 60_000, 30, 0, 30]
    assert reports[1].issues == reports[2].issues == check_candles(long, HOUR).issues


SERIES = st.lists(st.lists(st.integers(-5, 5), min_size=1, max_size=60), min_size=1, max_size=6)


@settings(deadline=None)
@given(SERIES, st.sampled_from([1, 5, 49]))
def test_what_looks_at_neighbours_stops_at_the_ends(series: list[list[int]], width: int) -> None:
    laid, joined = Laid(np.array([len(one) for one in series])), np.concatenate(series).astype(float)
    alone = [np.array(one, dtype=float) for one in series]
    rolled = np.concatenate([median_filter(one, size=width, mode="nearest") for one in alone])
    assert np.array_equal(laid.rolling_median(joined, width), rolled)
    assert np.array_equal(laid.medians(joined), [np.median(one) for one in alone])
    assert np.array_equal(laid.changes(joined), np.concatenate([np.diff(one, prepend=one[0]) for one in alone]))
    assert np.array_equal(joined[laid.before], np.concatenate([np.roll(one, 1) for one in alone]))
    assert np.array_equal(joined[laid.after], np.concatenate([np.roll(one, -1) for one in alone]))
    assert laid.all(joined > 0).tolist() == [bool((one > 0).all()) for one in alone]


def test_lengths_of_runs() -> None:
    assert run_lengths(np.array([True, True, False, True, False, False])).tolist() == [2, 2, 0, 1, 0, 0]
    assert run_lengths(np.zeros(0, dtype=bool)).tolist() == []
