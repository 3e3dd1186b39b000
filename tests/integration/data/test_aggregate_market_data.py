"""Candles to the last digit: of given trades, of stored ones, against a plain computation with fractions."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.errors import InvalidInput
from foundation.settings import Settings
from models.data.candles import QUOTIENTS
from tasks.data.aggregate_market_data import STORED, Request, Result, aggregate_market_data
from tasks.data.process_event_stream import Request as Events
from tasks.data.process_event_stream import process_event_stream
from tasks.discovery import find
from tasks.resources import Resources, use
from tasks.runner import run
from tests.chain_events import START, SWAP_V2, SWAP_V3, Event, event, removals

MINUTE = 60_000


def _resources(settings: Settings) -> Iterator[Resources]:
    resources = Resources(settings)
    use(resources)
    yield resources
    resources.store.close()
    use(None)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Resources]:
    yield from _resources(Settings(home=tmp_path))


@pytest.fixture
def either_home(database_url: str, tmp_path: Path) -> Iterator[Resources]:
    yield from _resources(Settings(home=tmp_path, database_url=database_url))


def aggregate(**request: Any) -> Result:
    [result] = aggregate_market_data([Request.model_validate(request)])
    assert isinstance(result, Result), result
    return result


Plain = tuple[int, Fraction, Fraction, Fraction, bool]
"""Time, price, base, quote, bought; in order."""


def reckon(trades: list[Plain], interval: int) -> list[dict[str, Any]]:
    """Candles by the book, with fractions."""
    candles = []
    for opened in sorted({time // interval * interval for time, *_ in trades}):
        inside = [trade for trade in trades if opened <= trade[0] < opened + interval]
        prices = [price for _, price, *_ in inside]
        base, quote = sum(b for _, _, b, _, _ in inside), sum(q for _, _, _, q, _ in inside)
        bought = sum((b for _, _, b, _, buys in inside if buys), Fraction(0))
        candles.append(
            {"timestamp": opened, "open": prices[0], "high": max(prices), "low": min(prices), "close": prices[-1]}
            | {"volume": base, "quoteVolume": quote, "vwap": Fraction(quote, 1) / base, "trades": len(inside)}
            | {"buyVolume": bought, "sellVolume": base - bought}
        )
    return candles


def rounded(number: Fraction) -> Decimal:
    return QUOTIENTS.divide(Decimal(number.numerator), Decimal(number.denominator))


def check(result: Result, expected: list[dict[str, Any]]) -> None:
    assert len(result.candles) == len(expected)
    for made, right in zip(result.candles, expected, strict=True):
        for name, value in right.items():
            found = made[name]  # type: ignore[literal-required]
            if name in ("timestamp", "trades"):
                assert found == value
            elif name in ("open", "high", "low", "close", "vwap"):
                assert Decimal(found) == rounded(value), (name, found, value)
            else:
                assert Fraction(found) == value, (name, found, value)


DIGITS = st.decimals(min_value="0.000001", max_value="1000000", places=6).map(str)
TRADES = st.lists(st.tuples(st.integers(0, 600_000), DIGITS, DIGITS, st.booleans()), min_size=1, max_size=30)


@settings(max_examples=60, deadline=None)
@given(TRADES, st.sampled_from(["1m", "7s", "5m", "1h"]))
def test_given_trades_make_exact_candles(trades: list[tuple[int, str, str, bool]], interval: str) -> None:
    request = [
        {"timestamp": START + at, "price": price, "amount": amount, "side": "buy" if buys else "sell"}
        for at, price, amount, buys in trades
    ]
    ordered = sorted(
        ((START + at, Fraction(p), Fraction(a), Fraction(p) * Fraction(a), b) for at, p, a, b in trades),
        key=lambda trade: trade[0],
    )
    width = {"1m": MINUTE, "7s": 7000, "5m": 5 * MINUTE, "1h": 60 * MINUTE}[interval]
    check(aggregate(trades=request, interval=interval), reckon(ordered, width))


def swaps(count: int, blocks: int, seed: int = 1) -> list[Event]:
    """Swaps of one pool, a block every 12 s, of both versions."""
    noise = random.Random(seed)
    made = []
    for log in range(count):
        version, buys = noise.choice([SWAP_V2, SWAP_V3]), noise.random() < 0.5
        base, quote = noise.randrange(1, 10**26), noise.randrange(1, 10**20)
        if version == SWAP_V2:
            words = [0, quote, base, 0] if buys else [base, 0, 0, quote]
        else:
            words = [-base if buys else base, quote if buys else -quote, 2**90, 10**18, -5]
        data = "0x" + "".join(f"{word % 2**256:064x}" for word in words)
        topics = [version, *["0x" + "00" * 12 + "aa" * 20] * 2]
        number = noise.randrange(blocks)
        made.append(event(number, log, address=STORED["pool"], topics=topics, data=data))
    return made


def as_trades(events: list[Event]) -> list[Plain]:
    """What the swaps say, read apart from the code under test."""
    found = []
    for one in sorted(events, key=lambda e: (e["timestamp"], e["logIndex"])):
        words = [int(one["data"][2 + 64 * n : 66 + 64 * n], 16) for n in range(len(one["data"]) // 64)]
        if one["topics"][0] == SWAP_V2:
            base, quote = words[2] - words[0], words[1] - words[3]
        else:
            base, quote = (w if w < 2**255 else w - 2**256 for w in words[:2])
            base = -base
        amounts = Fraction(abs(base)), Fraction(abs(quote))
        found.append((one["timestamp"], amounts[1] / amounts[0], *amounts, base > 0))
    return found


def test_stored_candles_are_those_of_a_computation_from_nothing(either_home: Resources) -> None:
    events = swaps(400, 900)
    process_event_stream([Events(events=events[:250]), Events(events=[*events[200:], *removals(events[100:150])])])
    live = as_trades(events[:100] + events[150:])
    widths = {"1m": MINUTE, "5m": 5 * MINUTE, "1h": 60 * MINUTE, "90s": 90_000, "1d": 1440 * MINUTE}
    for interval, width in widths.items():
        for start, end in [(START, START + 12_000 * 900), (START + 1_234_567, START + 7_654_321)]:
            inside = [trade for trade in live if start <= trade[0] < end]
            result = aggregate(pool=STORED["pool"], interval=interval, **{"from": start, "to": end})
            check(result, reckon(inside, width))
            expected = (-(-end // width) - start // width) - len(result.candles)
            assert sum(gap.missing for gap in result.gaps) == expected


def test_gaps_are_half_open_and_may_be_filled() -> None:
    trades = [{"timestamp": MINUTE * n, "price": "2.50", "amount": 1, "side": "sell"} for n in (1, 2, 5)]
    request = {"trades": trades, "interval": "1m", "from": MINUTE, "to": 8 * MINUTE}
    result = aggregate(**request)
    assert [candle["timestamp"] // MINUTE for candle in result.candles] == [1, 2, 5]
    assert [(gap.from_ // MINUTE, gap.to // MINUTE, gap.missing) for gap in result.gaps] == [(3, 5, 2), (6, 8, 2)]
    filled = aggregate(**request, fill="previous")
    assert [candle["timestamp"] // MINUTE for candle in filled.candles] == list(range(1, 8))
    assert filled.candles[2] == {
        **dict.fromkeys(("open", "high", "low", "close"), "2.5"),
        **dict.fromkeys(("volume", "quoteVolume", "buyVolume", "sellVolume"), "0"),
        "timestamp": 3 * MINUTE,
        "vwap": None,
        "trades": 0,
    }


def test_a_repeated_id_counts_once_and_the_window_is_half_open() -> None:
    trades = [{"id": n % 3, "timestamp": 1000 * n, "price": 1, "amount": "1", "side": "buy"} for n in range(6)]
    [candle] = aggregate(trades=trades, interval="1h").candles
    assert (candle["trades"], candle["volume"]) == (3, "3")
    [candle] = aggregate(trades=trades, interval="1h", **{"from": 1000, "to": 2000}).candles
    assert candle["trades"] == 1


def test_weeks_begin_on_mondays() -> None:
    monday = 1_704_067_200_000  # 2024-01-01
    trades = [{"timestamp": monday + 6 * 86_400_000, "price": "1", "amount": "1", "side": "buy"}]
    assert aggregate(trades=trades, interval="1w").candles[0]["timestamp"] == monday


def test_a_pool_on_two_chains_must_say_which(home: Resources) -> None:
    one, other = swaps(1, 1), [{**e, "chainId": 56} for e in swaps(2, 1, seed=2)]
    process_event_stream([Events(events=[*one, *other])])
    request = {"pool": STORED["pool"], "interval": "1d", "from": START, "to": START + MINUTE}
    [unclear] = aggregate_market_data([Request.model_validate(request)])
    assert isinstance(unclear, InvalidInput)
    assert [aggregate(**request, chain_id=c).candles[0]["trades"] for c in (1, 56)] == [1, 2]


def test_a_symbol_is_a_pool_that_the_settings_name(home: Resources) -> None:
    process_event_stream([Events(events=swaps(3, 1))])
    use(named := Resources(home.settings.model_copy(update={"markets": {"AB": f"1:{STORED['pool']}"}})))
    request = {"interval": "1d", "from": START, "to": START + MINUTE}
    assert aggregate(symbol="AB", **request).candles[0]["trades"] == 3
    assert aggregate(symbol="CD", **request).candles == []
    named.store.close()


@pytest.mark.parametrize(
    "change",
    [
        {"interval": "0m"},
        {"interval": "1M"},
        {"interval": None},
        {"trades": [{"timestamp": 1, "price": "x", "amount": "1", "side": "buy"}]},
        {"trades": [{"timestamp": 1, "price": "0", "amount": "1", "side": "buy"}]},
        {"trades": [{"timestamp": 1, "price": "1e999", "amount": "1", "side": "buy"}]},
        {"trades": [{"timestamp": 1, "price": "1", "amount": -1, "side": "buy"}]},
        {"trades": [{"timestamp": 1, "price": "1", "amount": "1", "side": "BUY"}]},
        {"from": 5, "to": 4},
        {"pool": "0x12", "trades": None},
        {"trades": None},
        {"trades": None, "pool": STORED["pool"], "from": 0},
        {"trades": None, "pool": STORED["pool"], "from": 0, "to": 10**13, "interval": "1s"},
        {"fill": "previous", "from": 0, "to": 10**13, "interval": "1s"},
    ],
)
def test_what_cannot_be_aggregated_is_refused(home: Resources, change: dict[str, Any]) -> None:
    trade = {"timestamp": START, "price": "1", "amount": "1", "side": "buy"}
    [answer] = run(find("data.aggregate-market-data"), [json.dumps({"trades": [trade], "interval": "1m", **change})])
    assert isinstance(answer, InvalidInput), answer
