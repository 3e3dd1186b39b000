"""ml.train as callers see it: the shipped example, progress, cancelling, promotion and bad input."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from foundation.errors import Cancelled, SobaError
from foundation.settings import Settings
from tasks.context import Context
from tasks.discovery import find
from tasks.resources import Resources, use
from tasks.runner import run

TRAIN = find("ml.train")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Resources]:
    resources = Resources(Settings(home=tmp_path))
    use(resources)
    yield resources
    use(None)


def ask(request: dict[str, Any], context: Context | None = None) -> Any:
    [answer] = run(TRAIN, [json.dumps(request)], context or Context())
    return answer if isinstance(answer, SobaError) else json.loads(answer)


def test_the_example_trains_with_progress_and_is_judged_against_the_champion(home: Resources) -> None:
    steps: list[tuple[float, float, str]] = []
    context = Context(report=lambda done, total, stage, message="": steps.append((done, total, stage)))
    before = home.registry.aliases("range-1h").champions[-1]
    answer = ask({**TRAIN.examples[0], "promote": "auto"}, context)
    judged = answer["card"]["comparison"]
    assert answer["promoted"] == judged["promote"] == (judged["high"] < 0)
    assert answer["champion"] == (answer["version"] if answer["promoted"] else before)
    assert answer["reason"] == judged["reason"]
    assert answer["metrics"]["brier"] < answer["baselines"]["persistence"]["brier"]
    assert len(answer["metrics"]["windows"]) == 3
    assert len(steps) > 20
    assert all(0 <= done <= total for done, total, _ in steps)
    assert all(after[2] != before[2] or after[0] >= before[0] for before, after in pairwise(steps))


def test_cancelling_ends_it_at_once_and_leaves_no_version(home: Resources) -> None:
    seen: list[str] = []
    context = Context(
        report=lambda done, total, stage, message="": seen.append(stage), is_cancelled=lambda: "train" in seen
    )
    assert isinstance(ask(TRAIN.examples[0], context), Cancelled)
    assert home.registry.challenger("range-1h") is None


def test_a_dry_run_says_how_long_it_would_take(home: Resources) -> None:
    answer = ask({**TRAIN.examples[0], "dryRun": True})
    assert answer["version"] is None
    assert answer["estimate"]["rows"] > 1000
    assert answer["estimate"]["seconds"] > 0


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"model": "nonsense"}, "model"),
        ({"source": {"path": "no/such/file.parquet"}}, "source.path"),
        ({"source": {"path": "pyproject.toml"}}, "source.path"),
        ({"source": {"path": "docs"}}, "source.path"),
        ({"source": {"path": "a\u0000b"}}, "source.path"),
        ({"source": {}}, "source"),
        ({"source": {"path": ""}}, "source.path"),
        ({"promote": "maybe"}, "promote"),
        ({"limits": {"threads": 0}}, "limits.threads"),
        ({"seed": -1}, "seed"),
    ],
)
def test_bad_input_names_its_path(home: Resources, change: dict[str, Any], path: str) -> None:
    failure = ask({**TRAIN.examples[0], **change})
    assert isinstance(failure, SobaError)
    assert failure.code == "INVALID_INPUT"
    assert failure.details[0]["path"] == path
