"""ml.predict as callers see it: every model, bad candles named by their row, and neighbours left alone."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foundation.errors import SobaError
from foundation.settings import Settings
from models.market.synthetic import synthetic
from schemas.candle import COLUMNS
from schemas.primitives import from_millis
from schemas.series import HOUR_MS
from tasks.discovery import find
from tasks.ml.predict import Model
from tasks.resources import Resources, use
from tasks.runner import run

PREDICT = find("ml.predict")
MODELS = get_args(Model)
SERIES = synthetic(800, seed=21)
CANDLES: list[dict[str, Any]] = [
    {"timestamp": int(SERIES.timestamp[i])} | {name: float(getattr(SERIES, name)[i]) for name in COLUMNS[1:]}
    for i in range(len(SERIES))
]


@pytest.fixture(autouse=True, scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Any:
    use(Resources(Settings(home=tmp_path_factory.mktemp("home"))))
    yield
    use(None)


def ask(*requests: Any) -> list[Any]:
    lines = [request if isinstance(request, bytes) else json.dumps(request).encode() for request in requests]
    return [a if isinstance(a, SobaError) else json.loads(a) for a in run(PREDICT, lines)]


def changed(row: int, **fields: Any) -> list[dict[str, Any]]:
    candles = deepcopy(CANDLES[:200])
    candles[row].update(fields)
    return candles


@pytest.mark.parametrize("model", MODELS)
def test_every_model_answers_in_full(model: str) -> None:
    [answer] = ask({"model": model, "candles": CANDLES, "asset": "ALPHA"})
    labels = ("up", "down") if model.startswith("direction") else ("yes", "no")
    assert answer["label"] == labels[0 if answer["probability"] > 0.5 else 1]
    assert answer["confidence"] == max(answer["probability"], 1 - answer["probability"])
    assert answer["asset"] == "ALPHA"
    assert answer["asOf"] == from_millis(CANDLES[-1]["timestamp"])
    hours = int(answer["horizon"].removesuffix("h"))
    assert answer["expiresAt"] == from_millis(CANDLES[-1]["timestamp"] + (hours + 1) * HOUR_MS)
    assert answer["baselines"]["persistence"]["label"] in labels
    assert (answer["baselines"]["reversal"] is None) == (labels[0] == "yes")
    assert len(answer["reasons"]) == 3
    assert answer["candlesUsed"] == 744
    assert answer["warnings"] == []


def test_an_answer_does_not_depend_on_its_batch_nor_on_candles_beyond_its_memory() -> None:
    requests = [{"model": model, "candles": CANDLES[start:]} for model in MODELS for start in (0, 10, 56, 400, 632)]
    together = ask(*requests)
    assert together == [answer for request in requests for answer in ask(request)]
    assert all(a["candlesUsed"] == min(744, len(r["candles"])) for a, r in zip(together, requests, strict=True))
    assert together[0]["probability"] == together[1]["probability"]
    assert together[3]["warnings"]


@pytest.mark.parametrize("model", MODELS)
def test_persistence_is_what_the_candles_say(model: str) -> None:
    [answer] = ask({"model": model, "candles": CANDLES})
    last, before = CANDLES[-1], CANDLES[-2]
    known = {
        "range-1h": last["high"] / last["low"] > 1.01005,
        "direction-1h": last["close"] > before["close"],
        "direction-24h": last["close"] > CANDLES[-25]["close"],
    }
    if model in known:
        assert (answer["baselines"]["persistence"]["label"] in ("yes", "up")) == known[model]


@pytest.mark.parametrize(
    ("candles", "path"),
    [
        (changed(3, high=1.0), "candles.3.high"),
        (changed(7, close=0), "candles.7.close"),
        (changed(7, low=-2.0), "candles.7.low"),
        (changed(7, volume=-1), "candles.7.volume"),
        (changed(9, timestamp=CANDLES[8]["timestamp"]), "candles.9.timestamp"),
        (changed(9, timestamp=CANDLES[9]["timestamp"] + 60_000), "candles.9.timestamp"),
        (changed(9, timestamp=0), "candles.9.timestamp"),
        (changed(9, timestamp=-1), "candles.9.timestamp"),
        (changed(9, timestamp="soon"), "candles.9.timestamp"),
        (changed(9, timestamp=True), "candles.9.timestamp"),
        (changed(4, open="1.5"), "candles.4.open"),
        (changed(4, open=None), "candles.4.open"),
        (changed(4, volume=True), "candles.4.volume"),
        (changed(4, open=10**400), "candles.4.open"),
        (changed(4, open=1e300, high=1e300), "candles.4.open"),
        (changed(4, trades=3), "candles.4.trades"),
        ([*CANDLES[:100], *CANDLES[101:300]], "candles.100.timestamp"),
        (list(reversed(CANDLES[:200])), "candles.1.timestamp"),
        ([*CANDLES[:199], {"timestamp": 1}], "candles.199.open"),
        ([*CANDLES[:199], None], "candles.199"),
        ([*CANDLES[:199], "string"], "candles.199"),
        ([*CANDLES[:199], [1, 2, 3, 4, 5, 6]], "candles.199"),
        (CANDLES[:167], "candles"),
        ([], "candles"),
        ("candles", "candles"),
        (None, "candles"),
        ({"a": 1}, "candles"),
    ],
)
def test_bad_candles_are_refused_with_their_place(candles: Any, path: str) -> None:
    good = {"model": "range-1h", "candles": CANDLES[:200]}
    before, failure, after = ask(good, {"model": "range-1h", "candles": candles}, good)
    assert isinstance(failure, SobaError)
    assert failure.code == "INVALID_INPUT"
    assert failure.details[0]["path"] == path
    assert before == after == ask(good)[0]


def test_times_may_be_iso_8601_and_prices_whole_numbers() -> None:
    iso = [{**c, "timestamp": from_millis(c["timestamp"])} for c in CANDLES]
    whole = [{**c, "volume": int(c["volume"])} for c in CANDLES]
    plain, same, near = ask(*({"model": "range-1h", "candles": candles} for candles in (CANDLES, iso, whole)))
    assert plain == same
    assert near["probability"] == pytest.approx(plain["probability"], abs=0.05)


@pytest.mark.parametrize(
    ("request_", "path"),
    [
        ({"model": "moon-1h", "candles": CANDLES[:200]}, "model"),
        ({"model": "range-1h"}, "candles"),
        ({"candles": CANDLES[:200]}, "model"),
        ({"model": "range-1h", "candles": CANDLES[:200], "extra": 1}, "extra"),
        ({"model": "range-1h", "candles": CANDLES[:200], "asset": "x" * 65}, "asset"),
        (b'{"model": "range-1h", "candles": [', ""),
        (b'{"model": "range-1h", "candles": ' + b"[" * 5000 + b"]" * 5000 + b"}", ""),
        (b'{"model": "range-1h", "candles": NaN}', ""),
        (b"[]", ""),
    ],
)
def test_a_bad_request_names_its_path(request_: Any, path: str) -> None:
    [failure] = ask(request_)
    assert isinstance(failure, SobaError)
    assert (failure.code, failure.details[0]["path"]) == ("INVALID_INPUT", path)


CELL = st.one_of(st.floats(), st.integers(), st.booleans(), st.none(), st.text(max_size=5), st.just([]))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 199), st.sampled_from(COLUMNS), CELL)
def test_whatever_stands_in_one_cell_it_is_an_answer_or_a_refusal(row: int, name: str, cell: Any) -> None:
    [answer] = ask({"model": "volume-regime-24h", "candles": changed(row, **{name: cell})})
    assert answer.code == "INVALID_INPUT" if isinstance(answer, SobaError) else 0 <= answer["probability"] <= 1


def test_a_new_champion_serves_at_once_and_a_broken_one_never(tmp_path: Path) -> None:
    resources = Resources(Settings(home=tmp_path))
    resources.registry.refresh = resources.registry.verify = 0
    use(resources)
    request = {"model": "range-1h", "candles": CANDLES}
    shipped = ask(request)[0]["version"]
    source = resources.registry.champion("range-1h")
    assert source is not None
    files = {name: source.read(name) for name in source.hashes if name != "card.json"}
    new = resources.registry.add("range-1h", files, {"copied": shipped})
    resources.registry.promote("range-1h", new.id, forced=True, reason="test")
    assert ask(request)[0]["version"] == new.id
    broken = resources.registry.add("range-1h", {**files, "predictor.json": b"{}"}, {})
    resources.registry.promote("range-1h", broken.id, forced=True, reason="test")
    assert ask(request)[0]["version"] == new.id
