"""Predictions a second of ml.predict in one process: `python -m benchmarks.market_throughput`.

Batches of 128 requests with 744 candles each, all six models in turn: the operation on requests that are read already,
with reading them from Python objects, and from JSON text to JSON text; beside the same without any model (features
alone) and the mere parsing of the texts into Python objects, which the operation does without. Rates are
by CPU time, which other programs on the machine disturb little; all of it runs in one thread.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import orjson

from models.market.features import features
from models.market.synthetic import synthetic
from models.market.targets import TARGETS
from models.market.windows import Windows
from schemas.candle import COLUMNS
from tasks.discovery import find
from tasks.ml.predict import Request, predict
from tasks.runner import run


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.market_throughput", description=__doc__)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--candles", type=int, default=744)
    parser.add_argument("--rounds", type=int, default=8)
    options = parser.parse_args()
    bodies = [body(number, options.candles) for number in range(options.batch)]
    texts = [orjson.dumps(one) for one in bodies]
    ready = [Request.model_validate(one) for one in bodies]
    predict(ready)
    ways: dict[str, Callable[[], Any]] = {
        "predict": lambda: predict(ready),
        "validate and predict": lambda: predict([Request.model_validate(one) for one in bodies]),
        "JSON to JSON": lambda: run(find("ml.predict"), texts),
        "JSON into Python objects alone": lambda: [orjson.loads(one) for one in texts],
        "features alone": lambda: features(Windows.of([one.candles for one in ready], options.candles)),
    }
    for name, way in ways.items():
        print(f"{name}: {options.batch / best(way, options.rounds):,.0f} a second")
    alone = [best(lambda one=one: predict([one]), options.rounds) for one in ready[:6]]  # type: ignore[misc]  # bound
    print(f"one request alone: {1000 * sum(alone) / len(alone):.1f} ms")


def body(number: int, count: int) -> dict[str, Any]:
    series = synthetic(count + 24, seed=number)
    columns = {name: getattr(series, name)[-count:].tolist() for name in COLUMNS}
    candles = [dict(zip(COLUMNS, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return {"model": list(TARGETS)[number % len(TARGETS)], "candles": candles}


def best(way: Callable[[], Any], rounds: int) -> float:
    """CPU seconds of the fastest round."""
    times = []
    for _ in range(rounds):
        began = time.process_time()
        way()
        times.append(time.process_time() - began)
    return min(times)


if __name__ == "__main__":
    main()
