"""Candles of a million stored trades: `python -m benchmarks.data_candles`.

Fills an empty SQLite store with trades of one pool, then asks for candles of several intervals, JSON in and out, beside
the same computed from the trades themselves. Milliseconds of processor time, the best of some rounds.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import orjson

from foundation.collector import paused
from foundation.settings import Settings
from models.data.candles import pool_fills, roll_up
from storage.engine import Store, insert_rows
from storage.trades import TRADES, trades_between
from tasks.candle_store import update_candles
from tasks.discovery import find
from tasks.resources import Resources, use
from tasks.runner import run

START = 1_700_006_400_000
POOL = b"\xb4" * 20
HOUR = 3_600_000


def fill(store: Store, count: int, step: int) -> None:
    noise = random.Random(1)
    for first in range(0, count, 20_000):
        rows = [
            (
                POOL,
                1,
                START + n * step,
                1000 + n // 5,
                n % 5,
                n,
                str(noise.getrandbits(80) + 1),
                "7" * (1 + n % 20),
                n % 2,
            )
            for n in range(first, min(first + 20_000, count))
        ]
        with store.write() as connection:
            insert_rows(connection, TRADES, rows)
            update_candles(connection, rows, [])


def best(work: Callable[[], object], rounds: int) -> float:
    """Milliseconds of the fastest round."""
    times = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return 1000 * min(times)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.data_candles", description=__doc__)
    parser.add_argument("--trades", type=int, default=1_000_000)
    parser.add_argument("--days", type=float, default=60, help="over which the trades are spread evenly")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    use(resources := Resources(Settings(home=Path(tempfile.mkdtemp()))))
    span = int(options.days * 24 * HOUR)
    fill(resources.store, options.trades, span // options.trades)
    operation = find("data.aggregate-market-data")

    def ask(interval: str, end: int) -> bytes:
        request = {"pool": "0x" + POOL.hex(), "interval": interval, "from": START + 1, "to": end}
        [answer] = run(operation, [orjson.dumps(request)])
        assert isinstance(answer, bytes)
        return answer

    for interval, days in (("1m", 1.0), ("15m", options.days), ("1h", options.days), ("1d", options.days)):
        end = START + int(days * 24 * HOUR)
        count = len(orjson.loads(ask(interval, end))["candles"])
        took = best(lambda interval=interval, end=end: ask(interval, end), options.rounds)  # type: ignore[misc]  # bound
        print(f"{interval} over {days:g} days: {count} candles in {took:.1f} ms")
    with resources.store.read() as connection:
        rows = trades_between(connection, POOL, 1, START, START + span)
    with paused():
        alone = best(lambda: roll_up(pool_fills(rows), HOUR), 1)
    print(f"1h from the trades themselves, read already: {alone:,.0f} ms")


if __name__ == "__main__":
    main()
