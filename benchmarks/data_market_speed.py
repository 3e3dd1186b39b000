"""Requests a second of data.validate-market-data in process: `python -m benchmarks.data_market_speed --data FOLDER`.

Series are cut at random from every ohlcv_1h_*.parquet of FOLDER/market, a wrong price put into every fourth. Each is a
request's JSON text, and runs by itself and in batches; rates are of the process's CPU time. Without --data the series
are made up.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from pathlib import Path
from typing import Any

from tasks.discovery import find
from tasks.runner import run

HOUR = 3_600_000
Rows = list[dict[str, Any]]


def markets(folder: Path | None) -> list[Rows]:
    if folder is None:
        noise = random.Random(2)
        prices = [round(100 + noise.random(), 2) for _ in range(20_000)]
        names = ("open", "high", "low", "close")
        candle = [dict(zip(names, (p, p + 1, p - 1, p), strict=True)) for p in prices]
        return [[{"timestamp": hour * HOUR + 1_700_002_800_000, **c, "volume": 1.5} for hour, c in enumerate(candle)]]
    import polars as pl

    files = sorted((folder / "market").glob("ohlcv_1h_*.parquet"))
    return [pl.read_parquet(file).with_columns(pl.col("timestamp").dt.epoch("ms")).to_dicts() for file in files]


def texts(series: list[Rows], rows: int, count: int) -> list[str]:
    noise, made = random.Random(1), []
    for number in range(count):
        market = noise.choice(series)
        start = noise.randrange(len(market) - rows)
        cut = [dict(row) for row in market[start : start + rows]]
        if number % 4 == 0:
            noise.choice(cut)["high"] = 0.0001
        made.append(json.dumps({"kind": "candles", "symbol": "X", "interval": "1h", "rows": cut}))
    return made


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.data_market_speed", description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--rows", type=int, nargs="+", default=[24, 100, 1000])
    parser.add_argument("--requests", type=int, default=1000)
    options = parser.parse_args()
    operation, series = find("data.validate-market-data"), markets(options.data)
    operation.prepare()
    for rows in options.rows:
        lines = texts(series, rows, options.requests)
        run(operation, lines[:64])
        for batch in (1, 16, 64):
            began = time.process_time()
            for start in range(0, len(lines), batch):
                run(operation, lines[start : start + batch])
            rate = len(lines) / (time.process_time() - began)
            print(f"{rows} rows a request, {batch} requests at once: {rate:,.0f} requests a second of CPU")


if __name__ == "__main__":
    main()
