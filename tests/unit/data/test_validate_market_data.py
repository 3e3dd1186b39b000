"""Every kind of fault is found at its row, healthy data raises no alarm, and a repair lists what it did."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.data.market_rows import PRICES
from tasks.data.validate_market_data import Request, Result, validate_market_data
from tasks.discovery import find
from tasks.runner import run

HOUR = 3_600_000
START = 1_700_002_800_000
Rows = list[dict[str, Any]]


def walk(count: int, seed: int = 1, move: float = 0.01) -> Rows:
    """Healthy candles: a random walk of about 1% an hour, each opening where the last one closed."""
    noise, price, rows = random.Random(seed), 100.0, []
    for hour in range(count):
        close = price * (1 + noise.gauss(0, move))
        top, bottom = max(price, close) * (1 + noise.random() / 200), min(price, close) * (1 - noise.random() / 200)
        rows.append(
            {"timestamp": START + hour * HOUR, "open": price, "high": top, "low": bottom, "close": close}
            | {"volume": 10 + noise.random()}
        )
        price = close
    return rows


def judge(rows: list[Any], **more: Any) -> Result:
    [result] = validate_market_data([Request(kind="candles", symbol="X", rows=rows, **more)])
    return result


def found(result: Result) -> set[tuple[int, str]]:
    return {(issue.row, issue.code) for issue in result.issues}


def swap_range(rows: Rows, k: int) -> None:
    rows[k]["high"], rows[k]["low"] = rows[k]["low"], rows[k]["high"]


def close_above(rows: Rows, k: int) -> None:
    rows[k]["close"] = rows[k]["high"] * 1.001


def multiply(factor: float) -> Callable[[Rows, int], None]:
    def change(rows: Rows, k: int) -> None:
        rows[k] |= {name: rows[k][name] * factor for name in ("open", "high", "low", "close")}

    return change


def put(name: str, value: Any) -> Callable[[Rows, int], None]:
    return lambda rows, k: rows[k].update({name: value})


def scale_time(factor: float) -> Callable[[Rows, int], None]:
    return lambda rows, k: rows[k].update(timestamp=int(rows[k]["timestamp"] * factor))


def shift_time(by: int) -> Callable[[Rows, int], None]:
    return lambda rows, k: rows[k].update(timestamp=rows[k]["timestamp"] + by)


def exchange(rows: Rows, k: int) -> None:
    rows[k - 1], rows[k] = rows[k], rows[k - 1]


def freeze(rows: Rows, k: int) -> None:
    price = rows[k - 1]["close"]
    for row in rows[k : k + 3]:
        row |= dict.fromkeys(("open", "high", "low", "close"), price)


FAULTS: dict[str, list[Callable[[Rows, int], Any]]] = {
    "HIGH_BELOW_LOW": [swap_range],
    "OUTSIDE_RANGE": [close_above],
    "NEGATIVE_VOLUME": [put("volume", -1)],
    "GAP": [lambda rows, k: rows.pop(k)],
    "DUPLICATE": [lambda rows, k: rows.insert(k, dict(rows[k - 1]))],
    "OUT_OF_ORDER": [exchange],
    "PRICE_SPIKE": [multiply(1.25), multiply(0.7), multiply(10), multiply(0.1)],
    "STALE_PRICE": [freeze],
    "NOT_A_NUMBER": [put("close", None), put("open", "abc"), put("volume", "NaN"), put("timestamp", None)],
    "NON_POSITIVE_PRICE": [put("low", 0), put("close", -3.5)],
    "TIMESTAMP_UNIT": [scale_time(1e-3), scale_time(1e3), scale_time(1e6)],
    "MISALIGNED": [shift_time(7 * 60_000), shift_time(-11 * 60_000)],
}
CASES = [(code, change) for code, changes in FAULTS.items() for change in changes]


@pytest.mark.parametrize(("names", "move"), [(PRICES, 0.04), (("close",), 0.02), (("open",), 0.02)])
def test_a_spike_of_a_tenth_is_found_on_the_liveliest_days(names: tuple[str, ...], move: float) -> None:
    for k in (60, 111, 177):
        rows = walk(200, seed=k, move=move)
        quiet = found(judge(rows, interval="1h"))
        rows[k].update({name: rows[k][name] * 1.1 for name in names})
        rows[k]["high"] = max(rows[k][name] for name in PRICES)
        assert found(judge(rows, interval="1h")) - quiet == {(k, "PRICE_SPIKE")}


def test_healthy_candles_raise_no_alarm() -> None:
    result = judge(walk(3000), interval="1h")
    assert (result.valid, found(result), result.score) == (True, set(), 1.0)


@pytest.mark.parametrize(("code", "change"), CASES)
def test_a_fault_is_found_at_its_row_and_nowhere_else(code: str, change: Callable[[Rows, int], Any]) -> None:
    for k in (60, 111, 177):
        rows = walk(200, seed=k)
        change(rows, k)
        result = judge(rows, interval="1h")
        assert (k, code) in found(result)
        allowed = range(k, k + 3) if code == "STALE_PRICE" else [k]
        assert {row for row, _ in found(result)} <= set(allowed)
        assert result.score < 1


@pytest.mark.data
@pytest.mark.parametrize("asset", ["BTC", "ETH", "SOL", "BNB", "LINK"])
def test_on_real_candles_faults_are_found_and_alarms_are_rare(data_dir: Path, asset: str) -> None:
    import polars as pl

    frame = pl.read_parquet(data_dir / "market" / f"ohlcv_1h_{asset}USDT.parquet")
    real = frame.with_columns(pl.col("timestamp").dt.epoch("ms")).to_dicts()
    assert len(found(judge(real, interval="1h"))) <= len(real) / 1000
    noise = random.Random(asset)
    for code, change in CASES:
        k = noise.randrange(1000, 9000)
        rows = [dict(row) for row in real[:10_000]]
        change(rows, k)
        result = judge(rows, interval="1h")
        assert (k, code) in found(result), (code, k)
        assert len(found(result)) <= 10 + 3


@pytest.mark.parametrize(("interval", "codes"), [("5m", {(1, "WRONG_INTERVAL")}), ("1h", set()), (None, set())])
def test_the_interval_is_compared_with_the_rows(interval: str | None, codes: set[Any]) -> None:
    result = judge(walk(100), interval=interval)
    assert found(result) == codes
    assert result.summary.interval == (300_000 if interval == "5m" else HOUR)


def test_a_row_far_away_in_time_makes_no_gap() -> None:
    rows = walk(100)
    rows[50]["timestamp"] += 10_000 * HOUR
    result = judge(rows, interval="1h")
    assert found(result) == {(50, "OUT_OF_ORDER"), (51, "GAP")}
    assert result.summary.missing == 1


def test_a_repair_makes_a_series_without_errors_and_lists_its_changes() -> None:
    rows = walk(200)
    for k, (code, change) in enumerate(CASES):
        if code not in ("GAP", "DUPLICATE", "PRICE_SPIKE", "STALE_PRICE"):
            change(rows, 10 + 8 * k)
    del rows[180:183]
    broken = judge(rows, interval="1h", repair=True)
    assert broken.repaired
    again = judge(broken.repaired.rows, interval="1h")
    assert again.valid, again.issues
    assert len(broken.repaired.rows) == 200
    assert {change.code for change in broken.repaired.repairs} == set(broken.summary.counts)


def trade(number: int, **more: Any) -> dict[str, Any]:
    return {"id": number, "timestamp": START + 250 * number, "price": "100.5", "amount": "0.25", "side": "buy"} | more


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"side": "BUY"}, "INVALID_SIDE"),
        ({"side": None}, "INVALID_SIDE"),
        ({"price": "x"}, "NOT_A_NUMBER"),
        ({"price": 0}, "NON_POSITIVE_PRICE"),
        ({"price": 150}, "PRICE_SPIKE"),
        ({"amount": "-1"}, "NEGATIVE_VOLUME"),
        ({"amount": 0}, "NEGATIVE_VOLUME"),
        ({"id": 3}, "DUPLICATE"),
        ({"timestamp": START}, "OUT_OF_ORDER"),
        ({"timestamp": START // 1000}, "TIMESTAMP_UNIT"),
    ],
)
def test_faults_of_trades(change: dict[str, Any], code: str) -> None:
    rows = [trade(n, **(change if n == 20 else {})) for n in range(40)]
    [result] = validate_market_data([Request(kind="trades", symbol="X", rows=rows, repair=True)])
    assert (20, code) in found(result)
    assert {row for row, _ in found(result)} == {20}
    assert result.repaired
    assert len(result.repaired.rows) == (40 if code in ("PRICE_SPIKE", "OUT_OF_ORDER", "TIMESTAMP_UNIT") else 39)


def test_trades_without_ids_repeat_where_everything_is_the_same() -> None:
    rows = [trade(n, id=None) for n in range(30)] + [trade(29, id=None)]
    [result] = validate_market_data([Request(kind="trades", symbol="X", rows=rows, interval="1m")])
    assert found(result) == {(30, "DUPLICATE")}


VALUES = st.sampled_from([None, "1.5", "", "NaN", "1_0", -1, 0, 1.5, 10**400, -(10**30), START, True, [], {}, 1e308])
ROWS = st.lists(
    st.sampled_from([None, 5, "x", []])
    | st.fixed_dictionaries({}, optional=dict.fromkeys((*walk(1)[0], "id", "price", "amount", "side"), VALUES)),
    max_size=30,
)


@settings(deadline=None)
@given(ROWS, st.sampled_from(["candles", "trades"]), st.sampled_from([None, "1h", "1w", 1]), st.booleans())
def test_no_rows_bring_the_check_down(rows: list[Any], kind: str, interval: Any, repair: bool) -> None:
    request = {"kind": kind, "symbol": "X", "interval": interval, "rows": rows, "repair": repair}
    [answer] = run(find("data.validate-market-data"), [json.dumps(request)])
    assert isinstance(answer, bytes), answer
    assert 0 <= json.loads(answer)["score"] <= 1
