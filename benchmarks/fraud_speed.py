"""Assessments a second in one process, and what the exact reasons cost beside CatBoost's own.

    python -m benchmarks.fraud_speed [--requests 6000] [--redis redis://127.0.0.1:6379/0]

Wallets with made-up full activity; with --redis, transactions too, which are counted in velocity windows there
(keys below soba:fraud; use a server of your own).
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from pydantic import BaseModel

from foundation.settings import Settings
from models.fraud.wallet import WALLET
from tasks.fraud.assess_risk import Request, assess_risk
from tasks.operation import REGISTRY
from tasks.resources import Resources, use

BATCH = 1000


def wallets(number: int, **more: Any) -> list[bytes]:
    """JSON requests with log-normal activity."""
    random = np.random.default_rng(0)
    rows = np.round(random.lognormal(1, 2, (number, len(WALLET.fields))), 3)
    names = WALLET.wire_names[: len(WALLET.fields)]
    activities = [dict(zip(names, row, strict=True)) for row in rows.tolist()]
    return [
        json.dumps({"wallet": {"address": f"0x{i:040x}", "activity": activity}, **more}).encode()
        for i, activity in enumerate(activities)
    ]


def transactions(number: int) -> list[bytes]:
    """JSON requests of payments among a thousand wallets."""
    now = int(time.time() * 1000)
    return [
        json.dumps(
            {
                "transaction": {
                    "hash": f"0x{now + i:064x}",
                    "from": f"0x{i % 1000:040x}",
                    "to": f"0x{i * 7 % 1013:040x}",
                    "value": str(10**18),
                }
            }
        ).encode()
        for i in range(number)
    ]


def each_batch(work: Callable[[Sequence[Any]], object], items: Sequence[Any]) -> float:
    """Seconds of processor time for all items, best of three."""
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        for first in range(0, len(items), BATCH):
            work(items[first : first + BATCH])
        best = min(best, time.process_time() - start)
    return best


def show(name: str, number: int, seconds: float) -> None:
    print(f"{name:52}{number / seconds:10,.0f} a second{1e6 * seconds / number:9.1f} µs each", flush=True)


def measure(name: str, raw: list[bytes]) -> list[BaseModel]:
    """Validate, assess and write out requests; the results."""
    operation = REGISTRY["fraud.assess-risk"]
    requests = [Request.model_validate_json(text, by_alias=True, by_name=False) for text in raw]
    results = [result for first in range(0, len(raw), BATCH) for result in assess_risk(requests[first : first + BATCH])]
    show(f"{name}: assess", len(raw), each_batch(assess_risk, requests))

    def validate(part: Sequence[bytes]) -> None:
        for text in part:
            Request.model_validate_json(text, by_alias=True, by_name=False)

    def dump(part: Sequence[BaseModel]) -> None:
        for result in part:
            operation.results.dump_json(result, by_alias=True)

    show(f"{name}: validate", len(raw), each_batch(validate, raw))
    show(f"{name}: write", len(raw), each_batch(dump, results))
    return results


def peer(number: int) -> None:
    """CatBoost's own ShapValues of the same model, one thread."""
    from catboost import CatBoost, Pool

    from models.fraud.scorer import FULL
    from models.registry import Registry

    version = Registry("/nowhere").champion(WALLET.name)
    assert version is not None
    model = CatBoost().load_model(blob=version.read(FULL))
    rows = WALLET.matrix(np.random.default_rng(0).lognormal(1, 2, (number, len(WALLET.fields))))
    show(
        "CatBoost ShapValues alone",
        number,
        each_batch(
            lambda part: model.get_feature_importance(Pool(np.array(part)), type="ShapValues", thread_count=1), rows
        ),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=6000)
    parser.add_argument("--redis")
    options = parser.parse_args()
    use(Resources(Settings(redis_url=options.redis)))
    measure("wallets, no reasons", wallets(options.requests, thresholds={"review": 1, "block": 1}))
    measure("wallets, reasons for all", wallets(options.requests, thresholds={"review": 0, "block": 0}))
    if options.redis:
        measure("transactions, velocity", transactions(options.requests))
    peer(min(options.requests, 2000))


if __name__ == "__main__":
    main()
