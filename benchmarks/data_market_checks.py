"""False alarms and found faults of data.validate-market-data: `python -m benchmarks.data_market_checks --data FOLDER`.

Every ohlcv_1h_*.parquet of FOLDER/market is checked as it is: each row with an issue counts as a false alarm. Then
faults are put in, one at a time at random rows, and looked for at their row.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from models.data.market_check import check_candles

HOUR = 3_600_000
PRICES = ("open", "high", "low", "close")
Rows = list[dict[str, Any]]


def spike(factor: float) -> Callable[[Rows, int], None]:
    return lambda rows, k: rows[k].update({name: rows[k][name] * factor for name in PRICES})


def freeze(rows: Rows, k: int) -> None:
    for row in rows[k : k + 3]:
        row.update(dict.fromkeys(PRICES, rows[k - 1]["close"]))


def stray(name: str, factor: float) -> Callable[[Rows, int], None]:
    """One price wrong, and high and low with it, as aggregators of bad ticks write it."""

    def change(rows: Rows, k: int) -> None:
        price = rows[k][name] * factor
        rows[k].update({name: price, "high": max(rows[k]["high"], price), "low": min(rows[k]["low"], price)})

    return change


FAULTS: dict[str, tuple[str, Callable[[Rows, int], object]]] = {
    "spike of 3%": ("PRICE_SPIKE", spike(1.03)),
    "spike of 10%": ("PRICE_SPIKE", spike(1.1)),
    "spike down by 10%": ("PRICE_SPIKE", spike(0.9)),
    "close off by 10%": ("PRICE_SPIKE", stray("close", 1.1)),
    "open off by 10%": ("PRICE_SPIKE", stray("open", 0.9)),
    "spike of 20%": ("PRICE_SPIKE", spike(1.2)),
    "spike of 50%": ("PRICE_SPIKE", spike(1.5)),
    "spike down by half": ("PRICE_SPIKE", spike(0.5)),
    "frozen for 3 rows": ("STALE_PRICE", freeze),
    "row missing": ("GAP", lambda rows, k: rows.pop(k)),
    "row twice": ("DUPLICATE", lambda rows, k: rows.insert(k, dict(rows[k - 1]))),
    "high below low": ("HIGH_BELOW_LOW", lambda rows, k: rows[k].update(high=rows[k]["low"], low=rows[k]["high"])),
    "close outside": ("OUTSIDE_RANGE", lambda rows, k: rows[k].update(close=rows[k]["high"] * 1.0005)),
    "seconds": ("TIMESTAMP_UNIT", lambda rows, k: rows[k].update(timestamp=rows[k]["timestamp"] // 1000)),
    "off by 7 minutes": ("MISALIGNED", lambda rows, k: rows[k].update(timestamp=rows[k]["timestamp"] + 420_000)),
}


def main() -> None:
    import polars as pl

    parser = argparse.ArgumentParser(prog="python -m benchmarks.data_market_checks", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--each", type=int, default=40, help="faults of each kind and market")
    options = parser.parse_args()
    found, noise = Counter[str](), random.Random(1)
    files = sorted((options.data / "market").glob("ohlcv_1h_*.parquet"))
    for file in files:
        frame = pl.read_parquet(file).with_columns(pl.col("timestamp").dt.epoch("ms"))
        rows = frame.to_dicts()
        alarms = {issue.row for issue in check_candles(rows, HOUR).issues}
        print(f"{file.stem}: {len(alarms)} of {len(rows)} rows raise an alarm, {len(alarms) / len(rows):.3%}")
        for name, (code, change) in FAULTS.items():
            for _ in range(options.each):
                start = noise.randrange(0, len(rows) - 1000)
                part, k = [dict(row) for row in rows[start : start + 1000]], noise.randrange(60, 940)
                change(part, k)
                issues = check_candles(part, HOUR).issues
                found[name] += any(issue.row == k and issue.code == code for issue in issues)
    for name in FAULTS:
        print(f"{name}: {found[name]} of {options.each * len(files)} found at their row")


if __name__ == "__main__":
    main()
