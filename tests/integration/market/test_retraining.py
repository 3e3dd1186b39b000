"""Retraining by beat: predictions are kept and scored, and a training is asked for when there is reason, once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from beat import retrain
from bridge.flight import Flight
from bridge.metrics import Metrics
from bridge.record import Record
from features.predictions import PredictionLog, Said
from features.trainings import under_way
from foundation.settings import Settings, get_settings
from models.drift import Spread
from models.versions import Version
from schemas import keys
from schemas.series import HOUR_MS
from tasks.ml.predict import Request, _example, predict
from tasks.resources import Resources, use

MODEL = "range-1h"
NOW = int(datetime.now(UTC).timestamp() * 1000)


@pytest.fixture
def home(redis_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Resources]:
    monkeypatch.setenv("SOBA_REDIS_URL", redis_server)
    monkeypatch.setenv("SOBA_HOME", str(tmp_path))
    monkeypatch.setenv("SOBA_BULL_PREFIX", f"retrain{tmp_path.name}")
    monkeypatch.setenv("SOBA_RETRAIN", f'{{"{MODEL}": "/data/market"}}')
    get_settings.cache_clear()
    resources = Resources(Settings())
    use(resources)
    yield resources
    _redis(resources).delete(keys.retrain(MODEL), keys.predictions(MODEL), keys.training(MODEL))
    _redis(resources).close()
    use(None)
    get_settings.cache_clear()


def _redis(resources: Resources) -> Redis:
    assert resources.redis is not None
    return resources.redis


def champion(resources: Resources, **card: Any) -> str:
    """A fresh version that promises 80% and has the given card otherwise."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    whole = {"created": now, "horizonHours": 1, "metrics": {"accuracy": 0.8}, **card}
    version = resources.registry.add(MODEL, {}, whole)
    resources.registry.promote(MODEL, version.id, forced=True, reason="test")
    return version.id


def say(resources: Resources, version: str, *, right: float, count: int = 600) -> None:
    """Hourly predictions of one asset, of which so many come true, in batches as workers write them."""
    draw = np.random.default_rng(0)
    came = draw.uniform(size=count + 1) < 0.5
    said = []
    for hour in range(count):
        sees = came[hour + 1] == (draw.uniform() < right)
        said.append(Said(version, "ALPHA", NOW + hour * HOUR_MS, 0.7 if sees else 0.3, bool(came[hour])))
    log = PredictionLog(_redis(resources))
    for start in range(0, count, 10):
        log.write((MODEL, one) for one in said[start : start + 10])


def test_a_model_that_does_well_is_left_alone(home: Resources) -> None:
    version = champion(home, reference={"probability": asdict(Spread.of([0.3, 0.7] * 100))})
    say(home, version, right=0.8)
    assert retrain.due() == []


def test_falling_accuracy_asks_for_one_training(home: Resources) -> None:
    version = champion(home)
    say(home, version, right=0.65)
    [job] = retrain.due()
    assert (job.queue, job.operation) == ("bulk", "ml.train")
    assert job.input == {"model": MODEL, "source": {"path": "/data/market"}, "promote": "auto"}
    assert b"accuracy" in (_redis(home).get(keys.retrain(MODEL)) or b"")
    assert retrain.due() == []


def test_a_day_ahead_falls_too_though_its_outcomes_overlap(home: Resources) -> None:
    version = champion(home, horizonHours=24)
    say(home, version, right=0.8, count=1300)  # read a day ahead, they are right half of the time
    assert len(retrain.due()) == 1


def test_none_is_asked_for_beside_a_training_that_runs(home: Resources) -> None:
    version = champion(home)
    say(home, version, right=0.65)
    redis = _redis(home)
    with under_way(redis, MODEL, 60):
        with under_way(redis, MODEL, 60):
            assert retrain.due() == []
        assert retrain.due() == []
        assert redis.ttl(keys.training(MODEL)) > 0
    with pytest.raises(ValueError, match="broken"), under_way(redis, MODEL, 60):
        raise ValueError("broken")
    redis.zadd(keys.training(MODEL), {"killed": 1.0})
    assert len(retrain.due()) == 1


def test_a_training_goes_on_where_redis_does_not() -> None:
    with under_way(Redis(port=1, socket_connect_timeout=0.2), MODEL, 60), under_way(None, MODEL, 60):
        pass


def test_another_versions_failures_are_not_held_against_the_champion(home: Resources) -> None:
    say(home, "20200101T000000-0000000000", right=0.3)
    champion(home)
    assert retrain.due() == []


@pytest.mark.parametrize(
    "card",
    [
        {"created": (datetime.now(UTC) - timedelta(days=8)).isoformat()},
        {"expiresAt": NOW - 1000},
    ],
)
def test_age_asks_for_a_training(home: Resources, card: dict[str, Any]) -> None:
    home.registry._shipped = None  # as in a build that ships no model of this name
    champion(home, **card)
    assert len(retrain.due()) == 1


def test_drift_asks_for_a_training(home: Resources) -> None:
    version = champion(home, reference={"probability": asdict(Spread.of(np.linspace(0.05, 0.2, 100)))})
    say(home, version, right=0.8)
    [job] = retrain.due()
    assert b"PSI" in (_redis(home).get(keys.retrain(MODEL)) or b"")
    assert job.job_id is not None


def test_nothing_is_added_to_a_full_queue_and_the_chance_is_not_lost(home: Resources) -> None:
    champion(home, expiresAt=NOW - 1000)
    waiting = f"{get_settings().bull_prefix}:bulk:wait"
    _redis(home).lpush(waiting, *range(retrain.FULL))
    assert retrain.due() == []
    _redis(home).delete(waiting)
    assert len(retrain.due()) == 1


def test_predictions_are_kept_as_they_are_made_and_within_bounds(home: Resources) -> None:
    request = Request.model_validate({"model": MODEL, "candles": _example(), "asset": "ALPHA"})
    [result, *_] = predict([request] * 40)
    kept = PredictionLog(_redis(home)).recent(MODEL)
    assert len(kept) == 16
    assert (kept[0].version, kept[0].asset) == (result.version, "ALPHA")
    assert kept[0].probability == result.probability


def test_a_redis_that_is_gone_costs_no_prediction(tmp_path: Path) -> None:
    use(Resources(Settings(home=tmp_path, redis_url="redis://127.0.0.1:1/0")))
    try:
        [result] = predict([Request.model_validate({"model": MODEL, "candles": _example()})])
        assert 0 < result.probability < 1
    finally:
        use(None)


def test_a_model_that_another_version_serves_for_is_seen_by_the_bridge(home: Resources, redis_server: str) -> None:
    def files_of(version: Version) -> dict[str, bytes]:
        return {name: version.read(name) for name in version.hashes}

    registry = home.registry
    registry.refresh = registry.verify = 0
    broken = registry.add("toy", {"model.txt": b"two"}, {})
    whole = registry.add("toy", {"model.txt": b"one"}, {})
    registry.promote("toy", whole.id, forced=True, reason="test")
    registry.promote("toy", broken.id, forced=True, reason="test")
    place = Path(registry.root) / broken.folder / "model.txt"
    place.write_bytes(b"rot")
    assert registry.load("toy", files_of)["model.txt"] == b"one"
    assert _degraded(redis_server) == {"toy": 1.0}
    place.write_bytes(b"two")
    assert registry.load("toy", files_of)["model.txt"] == b"two"
    assert _degraded(redis_server) == {}


def _degraded(url: str) -> dict[str, float]:
    """What a bridge's metrics say of models."""
    metrics = Metrics()

    async def mark() -> None:
        redis = AsyncRedis.from_url(url)
        # the flight and the consumers have no part in this
        await Record(redis, "test", {}, cast(Flight, None), metrics).mark_models()
        await redis.aclose()

    asyncio.run(mark())
    [family] = [found for found in metrics.registry.collect() if found.name == "soba_model_degraded"]
    return {sample.labels["model"]: sample.value for sample in family.samples}


def test_outcomes_come_from_later_predictions_of_the_same_asset() -> None:
    def one(asset: str | None, hour: int, p: float, came: bool) -> Said:
        return Said("v", asset, hour * HOUR_MS, p, came)

    said = [one("A", 0, 0.9, False), one("A", 1, 0.2, True), one("A", 2, 0.9, True), one("B", 1, 0.9, False)]
    assert retrain.scored(said, 1) == [True, False]
    assert retrain.scored([*said, one(None, 3, 0.9, True)], 24) == []
