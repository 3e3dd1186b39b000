"""A hundred thousand events as a chain's node sends them: counts and candles against a reckoning of the test's own.

The reckoning knows nothing of the product's code: it goes through the stream event by event with dictionaries, and
makes candles of what is live at the end with integers and fractions.
"""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Context, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from foundation.settings import Settings
from storage.engine import Store
from storage.events import BLOCKS, DEAD_EVENTS, EVENTS
from storage.trades import CANDLES, TRADES
from storage.transfers import TRANSFERS
from tasks.discovery import find
from tasks.resources import Resources, use
from tasks.runner import run
from tests.chain_events import SWAP_V2, SWAP_V3, TRANSFER, removals

BEGAN, FIRST = 1_700_000_000_000, 18_570_000
MINUTES = {"1m": 1, "7m": 7, "1h": 60, "1d": 1440}
TRADE_COUNTS = ("timestamp", "trades", "volume", "quoteVolume", "buyVolume", "sellVolume")
Event = dict[str, Any]


def chain(blocks: int, first: int, noise: random.Random, pools: list[str]) -> list[Event]:
    """Blocks of 35 to 65 events, 12 s apart: transfers, swaps of both versions, and events that nobody knows."""
    parties = ["0x" + "00" * 12 + noise.randbytes(20).hex() for _ in range(2000)]
    made = []
    for number in range(first, first + blocks):
        block_hash = "0x" + noise.randbytes(32).hex()
        for log in range(noise.randrange(35, 66)):
            one, other = noise.randrange(1, 10**24), noise.randrange(1, 10**20)
            out_of_v2 = [one, 0, 0, other] if log % 2 else [0, other, one, 0]
            out_of_v3 = [one, -other] if log % 3 else [-one, other]
            topic, words = noise.choice(
                [
                    (TRANSFER, [one]),
                    (SWAP_V2, out_of_v2),
                    (SWAP_V3, [*out_of_v3, 2**96, 10**18, -7]),
                    ("0x" + "77" * 32, []),
                ]
            )
            made.append(
                {
                    "chainId": 1,
                    "blockNumber": number,
                    "blockHash": block_hash,
                    "transactionHash": "0x" + noise.randbytes(32).hex(),
                    "logIndex": log,
                    "address": noise.choice(pools),
                    "topics": [topic, noise.choice(parties), noise.choice(parties)],
                    "data": "0x" + "".join(f"{word % 2**256:064x}" for word in words),
                    "timestamp": BEGAN + 12_000 * (number - FIRST),
                    "removed": False,
                }
            )
    return made


def spoilt(event: Event, noise: random.Random) -> Any:
    changes: list[Event] = [
        {"blockHash": "0x12"},
        {"logIndex": -1},
        {"data": event["data"] + "0"},
        {"address": None},
        {"topics": event["topics"] * 2},
        {"timestamp": BEGAN // 1000},
    ]
    return noise.choice([None, *({**event, **change} for change in changes)])


def disturbed(events: list[Event], noise: random.Random) -> tuple[list[Any], set[int]]:
    """The same with repetitions, malformed events and stretches out of order; where the malformed ones stand."""
    stream: list[Any] = []
    bad: set[int] = set()
    for start in range(0, len(events), 40):
        part = events[start : start + 40]
        if noise.random() < 0.1:
            noise.shuffle(part)
        if noise.random() < 0.3:
            part += noise.sample(events[max(0, start - 5000) : start + 40], 5)
        stream += part
        if noise.random() < 0.2:
            bad.add(len(stream))
            stream.append(spoilt(part[0], noise))
    return stream, bad


def key_of(event: Event) -> tuple[Any, ...]:
    return event["blockHash"], event["transactionHash"], event["logIndex"]


def reckon(stream: list[Any], bad: set[int]) -> tuple[Counter[str], list[Event]]:
    """Counts, and the events that are live at the end."""
    counts, live = Counter[str](), dict[Any, Event]()
    mark = (-1, -1)
    for place, event in enumerate(stream):
        if place in bad:
            counts["rejectedCount"] += 1
        elif event["removed"]:
            known = live.pop(key_of(event), None)
            counts["reorged" if known else "duplicates"] += 1
            mark = min(mark, (event["blockNumber"], -1)) if known else mark
        elif key_of(event) in live:
            counts["duplicates"] += 1
        else:
            live[key_of(event)] = event
            position = (event["blockNumber"], event["logIndex"])
            counts["accepted"] += 1
            counts["outOfOrder"] += position < mark
            mark = max(mark, position)
    return counts, list(live.values())


def swapped(event: Event) -> tuple[int, int] | None:
    """What the trader received of token0 and token1, negative where he gave it."""
    words = [int(event["data"][at : at + 64], 16) for at in range(2, len(event["data"]), 64)]
    if event["topics"][0] == SWAP_V2:
        return words[2] - words[0], words[3] - words[1]
    if event["topics"][0] == SWAP_V3:
        one, other = (word - 2**256 if word >= 2**255 else word for word in words[:2])
        return -one, -other
    return None


def candles_of(events: list[Event], width: int) -> dict[tuple[str, int], dict[str, Any]]:
    """By pool and open: exact candles."""
    groups = defaultdict[tuple[str, int], list[tuple[int, int]]](list)
    for event in sorted(events, key=lambda e: (e["timestamp"], e["blockNumber"], e["logIndex"])):
        if got := swapped(event):
            groups[event["address"], event["timestamp"] // width * width].append(got)
    made = {}
    for at, trades in groups.items():
        prices = [Fraction(abs(quote), abs(base)) for base, quote in trades]
        volume = sum(abs(base) for base, _ in trades)
        bought = sum(base for base, _ in trades if base > 0)
        quote = sum(abs(quote) for _, quote in trades)
        numbers = (at[1], len(trades), volume, quote, bought, volume - bought)
        edges = {"open": prices[0], "high": max(prices), "low": min(prices), "close": prices[-1]}
        made[at] = dict(zip(TRADE_COUNTS, numbers, strict=True)) | edges | {"vwap": Fraction(quote, volume)}
    return made


def rounded(number: Fraction) -> Decimal:
    return Context(prec=28).divide(Decimal(number.numerator), Decimal(number.denominator))


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Resources]:
    use(resources := Resources(Settings(home=tmp_path)))
    yield resources
    resources.store.close()
    use(None)


def answers(operation: str, requests: list[Any]) -> list[Any]:
    return [json.loads(answer) for answer in run(find(operation), [json.dumps(r) for r in requests])]  # type: ignore[arg-type]  # an error fails


def send(stream: list[Any]) -> Counter[str]:
    requests = [{"events": stream[start : start + 5000]} for start in range(0, len(stream), 5000)]
    total = Counter[str]()
    for answer in answers("data.process-event-stream", requests):
        total.update({name: value for name, value in answer.items() if type(value) is int})
    return total


def sizes(store: Store) -> list[int]:
    """How many rows the tables have."""
    tables = (BLOCKS, EVENTS, TRANSFERS, TRADES, CANDLES, DEAD_EVENTS)
    return [store.rows(select(func.count().label("rows")).select_from(table))[0]["rows"] for table in tables]


def test_a_hundred_thousand_events_are_counted_and_aggregated_exactly(home: Resources) -> None:
    noise = random.Random(64)
    pools = ["0x" + noise.randbytes(20).hex() for _ in range(25)]
    old = chain(1945, FIRST, noise, pools)
    lost = [event for event in old if event["blockNumber"] >= FIRST + 1940]
    stream, bad = disturbed(old, noise)
    stream += [*removals(lost), *chain(7, FIRST + 1940, noise, pools)]
    assert len(stream) > 100_000

    counts, live = reckon(stream, bad)
    found = send(stream)
    assert {name: found[name] for name in counts} == counts
    assert (found["received"], found["stored"]) == (len(stream), counts["accepted"])

    for interval, minutes in MINUTES.items():
        expected = candles_of(live, minutes * 60_000)
        asked = {"interval": interval, "from": BEGAN - 60_000, "to": BEGAN + 12_000 * 2000}
        seen = 0
        for pool, answer in zip(
            pools, answers("data.aggregate-market-data", [{"pool": pool, **asked} for pool in pools]), strict=True
        ):
            for candle in answer["candles"]:
                right = expected[pool, candle["timestamp"]]
                assert [int(candle[name]) for name in TRADE_COUNTS] == [right[name] for name in TRADE_COUNTS]
                quotients = ("open", "high", "low", "close", "vwap")
                assert [Decimal(candle[name]) for name in quotients] == [rounded(right[name]) for name in quotients]
                seen += 1
        assert seen == len(expected) > 0

    before = sizes(home.store)
    again = send(stream)
    assert (again["accepted"], again["reorged"], again["stored"]) == (0, 0, 0)
    assert again["duplicates"] == len(stream) - len(bad)
    assert sizes(home.store) == before
