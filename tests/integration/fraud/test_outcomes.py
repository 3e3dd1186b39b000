"""Outcomes are stored with their features, and become the rows of a training."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from foundation.errors import InvalidInput, SobaError
from foundation.settings import Settings
from storage.outcomes import labelled
from tasks.discovery import find
from tasks.resources import Resources, resources, use
from tasks.runner import run

ADDRESS = "0x" + "aB" * 20


@pytest.fixture(autouse=True)
def own_store(tmp_path: Path) -> Iterator[None]:
    use(Resources(Settings(home=tmp_path, redis_url=None)))
    yield
    use(None)


def answers(operation: str, *requests: dict[str, Any]) -> list[Any]:
    found = run(find(operation), [json.dumps(request) for request in requests])
    return [answer if isinstance(answer, SobaError) else json.loads(answer) for answer in found]


def outcome(kind: str, address: str = ADDRESS, **more: Any) -> dict[str, Any]:
    return {"outcome": kind, "wallet": {"address": address, "activity": {"sentCount": 3, "balanceEth": -1.5}}, **more}


def test_a_later_report_takes_the_place_of_an_earlier_one() -> None:
    both = answers("fraud.report-outcome", outcome("confirmed-fraud"), outcome("false-alarm", ADDRESS.lower()))
    assert both[0]["stored"] == ["wallet-fraud"]
    assert both[1]["labels"]["wallet-fraud"] == {"fraud": 0, "honest": 1}
    [stored] = labelled(resources().store, "wallet-fraud")
    assert stored.label == 0
    assert (stored.features["sent_count"], stored.features["balance_eth"]) == (3, -1.5)
    assert stored.features["active_minutes"] is None


def test_a_pool_without_an_address_is_known_by_its_features() -> None:
    pool = {"outcome": "confirmed-fraud", "pool": {"features": {"lpAvg": 100}}, "reportedAt": "2026-01-01T00:00:00Z"}
    other = {"outcome": "confirmed-fraud", "pool": {"features": {"lpAvg": 50}}}
    [*_, last] = answers("fraud.report-outcome", pool, pool, other)
    assert last["labels"]["pool-rugpull"] == {"fraud": 2, "honest": 0}
    assert labelled(resources().store, "pool-rugpull")[0].at == 1_767_225_600_000


@pytest.mark.parametrize(
    "request_",
    [
        {"outcome": "maybe", "wallet": {"address": ADDRESS, "activity": {"sentCount": 1}}},
        {"outcome": "false-alarm"},
        {"outcome": "false-alarm", "wallet": {"address": ADDRESS}},
        {"outcome": "false-alarm", "pool": {"features": {}}},
    ],
)
def test_a_report_without_label_or_features_is_refused(request_: dict[str, Any]) -> None:
    [answer] = answers("fraud.report-outcome", request_)
    assert isinstance(answer, InvalidInput)


def test_too_few_outcomes_are_no_training() -> None:
    answers("fraud.report-outcome", outcome("confirmed-fraud"))
    [answer] = answers("ml.train", {"model": "wallet-fraud", "source": {"outcomes": True}, "dryRun": True})
    assert isinstance(answer, InvalidInput)
    assert "of each label" in answer.message


def test_outcomes_plan_a_training() -> None:
    reports = [
        outcome(kind, f"0x{number:040x}") | {"pool": {"features": {"lpAvg": 1.2**number, "swapRate": 1.1**number}}}
        for number in range(120)
        for kind in ("confirmed-fraud" if number % 2 else "false-alarm",)
    ]
    answers("fraud.report-outcome", *reports)
    [answer] = answers("ml.train", {"model": "pool-rugpull", "source": {"outcomes": True}, "dryRun": True})
    assert answer["estimate"]["rows"] == 120
