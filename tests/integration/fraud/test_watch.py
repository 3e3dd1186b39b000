"""Live traffic is noted: drift against the training rows, and a challenger in the shadow."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from redis import Redis

from foundation.errors import SobaError
from foundation.settings import Settings
from models.fraud.scorer import Detector
from models.fraud.wallet import WALLET
from tasks.context import Context
from tasks.discovery import find
from tasks.fraud_watch import Watch
from tasks.resources import Resources, resources, use
from tasks.runner import run


@pytest.fixture(autouse=True)
def own_resources(tmp_path: Path, redis_server: str) -> Iterator[None]:
    with Redis.from_url(redis_server) as redis:
        for key in redis.scan_iter("soba:fraud:*"):
            redis.delete(key)
    use(Resources(Settings(home=tmp_path, redis_url=redis_server)))
    yield
    use(None)


def ask(operation: str, *requests: dict[str, Any], jobs: list[str | None] | None = None) -> list[Any]:
    found = run(find(operation), [json.dumps(request) for request in requests], Context(jobs or []))
    return [answer if isinstance(answer, SobaError) else json.loads(answer) for answer in found]


def activities(number: int, scale: float) -> list[dict[str, Any]]:
    rows = np.random.default_rng(1).lognormal(0, 1, (number, len(WALLET.fields))) * scale
    names = WALLET.wire_names[: len(WALLET.fields)]
    return [
        {"wallet": {"address": f"0x{i:040x}", "activity": dict(zip(names, row, strict=True))}}
        for i, row in enumerate(rows.tolist())
    ]


def test_nothing_seen_is_no_drift() -> None:
    [answer] = ask("fraud.check-drift", {})
    assert answer["available"]
    assert [(m["rows"], m["score"], m["features"]) for m in answer["models"]] == [(0, None, [])] * 2


def test_traffic_unlike_the_training_rows_is_seen() -> None:
    ask("fraud.assess-risk", *activities(400, 1e6))
    [answer] = ask("fraud.check-drift", {"models": ["wallet-fraud"]})
    [model] = answer["models"]
    assert model["rows"] == 400
    assert model["features"][0]["shift"] == "shifted"
    assert len(model["features"]) == len(WALLET.fields)
    assert model["score"]["psi"] > 0
    assert model["shadow"] is None


def test_a_challenger_is_compared_and_does_not_decide() -> None:
    registry = resources().registry
    champion = registry.champion("wallet-fraud")
    assert champion is not None
    files = {name: champion.read(name) for name in champion.hashes if name != "card.json"}
    timid = champion.card
    for platt in timid["calibration"].values():
        platt["offset"] -= 50
    challenger = registry.add("wallet-fraud", files, timid)
    before = ask("fraud.assess-risk", *activities(50, 1))
    registry.challenge("wallet-fraud", challenger.id, reason="a test")
    detector = registry.load("wallet-fraud", lambda version: Detector.load(WALLET, version))
    tallies = resources().tallies
    assert tallies is not None
    scored = detector.score([list(item["wallet"]["activity"].values()) for item in activities(50, 1)])
    Watch(tallies, registry, 0.3).see(detector, scored)
    assert ask("fraud.assess-risk", *activities(50, 1)) == before
    [answer] = ask("fraud.check-drift", {"models": ["wallet-fraud"]})
    shadow = answer["models"][0]["shadow"]
    flagged = int((scored.probabilities >= 0.3).sum())
    assert shadow["challenger"] == challenger.id
    assert (shadow["rows"], shadow["championOnly"], shadow["challengerOnly"]) == (50, flagged, 0)
    assert shadow["agreement"] == pytest.approx(1 - flagged / 50)


def test_a_transaction_is_counted_once_though_its_job_runs_again() -> None:
    payment = {"transaction": {"from": "0x" + "1" * 40, "to": "0x" + "2" * 40, "value": "1000000000000000000"}}
    [first] = ask("fraud.assess-risk", payment, jobs=["fraud:1"])
    [again] = ask("fraud.assess-risk", payment, jobs=["fraud:1"])
    [other] = ask("fraud.assess-risk", payment, jobs=["fraud:2"])
    velocity = [answer["components"]["velocity"] for answer in (first, again, other)]
    assert [item["counted"] for item in velocity] == [True, False, True]
    assert [item["windows"]["wallet"]["1h"] for item in velocity] == [
        {"count": 1, "sum": 1, "distinct": 1},
        {"count": 1, "sum": 1, "distinct": 1},
        {"count": 2, "sum": 2, "distinct": 1},
    ]


def test_a_burst_fires_a_rule() -> None:
    payment = {"from": "0x" + "3" * 40, "to": "0x" + "4" * 40, "value": 1}
    answers = ask("fraud.assess-risk", *({"transaction": payment} for _ in range(31)))
    assert [rule["id"] for rule in answers[-1]["components"]["rules"]] == ["wallet-burst"]
    assert answers[-1]["decision"] == "review"
    assert answers[-1]["reasons"][0]["code"] == "WALLET_BURST"
    assert answers[0]["decision"] == "allow"


def test_a_redis_that_is_gone_fails_no_request(tmp_path: Path) -> None:
    use(Resources(Settings(home=tmp_path, redis_url="redis://127.0.0.1:1/0")))
    payment = {"transaction": {"from": "0x" + "5" * 40, "to": "0x" + "6" * 40}}
    answers = ask("fraud.assess-risk", payment, *activities(3, 1))
    assert answers[0]["components"]["velocity"] == {"available": False, "counted": False, "windows": {}}
    assert all(answer["components"]["wallet"]["probability"] is not None for answer in answers[1:])
