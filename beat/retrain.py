"""When a model is trained anew: on schedule, on expiry, and when the world or its own record turns against it.

What is trained, and from what, is the setting `retrain` (SOBA_RETRAIN). A training goes to the queue bulk as anybody's
would, and promotes by proof alone. One is asked for at most once a day and model (a key in Redis, so that two beats or
a restart change nothing), never while anybody's training of the model runs, and never while bulk is full.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from beat.job import JobSpec
from features.predictions import PredictionLog, Said
from features.trainings import is_under_way
from foundation.settings import get_settings
from schemas import keys
from tasks.resources import resources

if TYPE_CHECKING:
    from redis import Redis

log = logging.getLogger(__name__)
SCHEDULE = timedelta(days=7)
PAUSE = timedelta(days=1)
FULL = 10
"""Jobs waiting on bulk, from which on no training is added."""
_FEWEST_SAID = 300
_FEWEST_SCORED = 50
"""Independent outcomes, from which on the normal approximation behind `has_fallen` holds."""
_HOUR_MS = 3_600_000


def due() -> list[JobSpec]:
    """The trainings to ask for now."""
    redis, wanted = resources().redis, get_settings().retrain
    if redis is None or not wanted or _waiting(redis, get_settings().bull_prefix) >= FULL:
        return []
    now = datetime.now(UTC)
    specs = []
    for model, source in wanted.items():
        reason = None if is_under_way(redis, model) else reason_for(model, PredictionLog(redis), now)
        if reason and redis.set(keys.retrain(model), reason, nx=True, ex=PAUSE):
            log.info("training %s anew: %s", model, reason)
            job = {"model": model, "source": _source(source), "promote": "auto"}
            specs.append(JobSpec("bulk", "ml.train", job, f"retrain-{model}-{now:%Y%m%dT%H%M}"))
    return specs


def reason_for(model: str, said: PredictionLog, now: datetime) -> str | None:
    """Why a model should be trained anew; None where it should not."""
    registry = resources().registry
    champion = registry.champion(model)
    if champion is None:
        return "it has no version"
    newest = max(datetime.fromisoformat(version.card["created"]) for version in registry.versions(model))
    if now - newest > SCHEDULE:
        return f"the newest version is of {newest:%Y-%m-%d}"
    card = champion.card
    if "expiresAt" in card and now.timestamp() * 1000 > card["expiresAt"]:
        return "the champion has expired"
    own = [one for one in said.recent(model) if one.version == champion.id]
    return _drift(card, own) or _decay(card, own)


def _drift(card: dict[str, Any], said: Sequence[Said]) -> str | None:
    """Whether the champion's probabilities are spread otherwise than on its held-out rows."""
    from models.drift import MOVED, Spread

    reference = card.get("reference", {}).get("probability")
    if reference is None or len(said) < _FEWEST_SAID:
        return None
    index = Spread(**reference).stability_index([one.probability for one in said])
    return f"its predictions have drifted: PSI {index:.2f}" if index > MOVED else None


def _decay(card: dict[str, Any], said: Sequence[Said]) -> str | None:
    """Whether the champion is right less often than its card promises."""
    from models.drift import has_fallen

    outcomes = scored(said, int(card.get("horizonHours", 1)))
    independent = len(outcomes) // int(card.get("horizonHours", 1))  # outcomes of a day overlap
    if independent < _FEWEST_SCORED:
        return None
    promised, share = float(card["metrics"]["accuracy"]), sum(outcomes) / len(outcomes)
    if has_fallen(round(share * independent), independent, promised):
        return f"its accuracy is {share:.3f} where {promised:.3f} was promised"
    return None


def scored(said: Sequence[Said], horizon: int) -> list[bool]:
    """Whether each prediction was right whose outcome a later one of the same asset knows."""
    known = {(one.asset, one.as_of): one for one in said if one.asset is not None}
    pairs = [(one, known.get((asset, as_of + horizon * _HOUR_MS))) for (asset, as_of), one in known.items()]
    return [(one.probability > 0.5) == later.came for one, later in pairs if later is not None]


def _waiting(redis: Redis, prefix: str) -> int:
    pipe = redis.pipeline(transaction=False)
    pipe.llen(f"{prefix}:bulk:wait")
    pipe.zcard(f"{prefix}:bulk:prioritized")
    return sum(pipe.execute())


def _source(wanted: str) -> dict[str, Any]:
    """`store` is stored candles, `outcomes` is what was reported of fraud, anything else a path."""
    named: dict[str, dict[str, Any]] = {"store": {"store": {}}, "outcomes": {"outcomes": True}}
    return named.get(wanted, {"path": wanted})
