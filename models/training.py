"""Train, compare, keep, promote: the one way in which a model version comes to be."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

from models.promotion import Comparison
from models.registry import Registry
from models.trainers import Limits, Source, Trained, trainer
from models.versions import CorruptVersion, Version
from schemas.progress import Progress

Promote = Literal["auto", "never", "force"]


@dataclass(frozen=True)
class Outcome:
    """What a training came to."""

    version: Version
    promoted: bool
    reason: str
    """Why it was promoted, or why not."""
    champion: str | None
    """Id of the version that is to serve from now on."""
    card: Mapping[str, Any]


def train_and_judge(
    registry: Registry,
    model: str,
    source: Source,
    *,
    promote: Promote,
    seed: int,
    limits: Limits,
    progress: Progress,
    command: str,
) -> Outcome:
    """Train a model and add it to the registry: as champion where it has earned it (or is forced), else as challenger.

    Raises InvalidInput for an unknown model or an unusable source, Cancelled and Timeout from `progress`.
    """
    made = trainer(model)
    trained = made.train(source, progress, seed=seed, limits=limits)
    progress(0, 2, "compare")
    before = _readable(registry, model)
    comparison = made.compare(trained, before) if before else None
    card = card_of(model, trained, seed=seed, command=command, comparison=comparison)
    progress(1, 2, "register")
    version = registry.add(model, trained.files, card)
    promoted, reason = _decide(promote, trained, comparison)
    if promoted:
        registry.promote(model, version.id, forced=promote == "force", reason=reason)
    else:
        registry.challenge(model, version.id, reason=reason)
    champions = registry.aliases(model).champions
    return Outcome(version, promoted, reason, champions[-1] if champions else None, card)


def card_of(
    model: str, trained: Trained, *, seed: int, command: str, comparison: Comparison | None = None
) -> dict[str, Any]:
    """What every version's card.json says, whatever the model."""
    return {
        "model": model,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "codeVersion": code_version(),
        "command": command,
        "seed": seed,
        "metrics": dict(trained.metrics),
        "baselines": dict(trained.baselines),
        "comparison": comparison.as_dict() if comparison else None,
        **trained.card,
    }


def _readable(registry: Registry, model: str) -> Version | None:
    """The champion, or the newest earlier one whose files are whole: a broken champion must not bar the way."""
    for id in reversed(registry.aliases(model).champions):
        try:
            version = registry.version(model, id)
            version.verify()
        except CorruptVersion:
            continue
        return version
    return None


def _decide(promote: Promote, trained: Trained, comparison: Comparison | None) -> tuple[bool, str]:
    if promote != "auto":
        return promote == "force", "forced" if promote == "force" else "promotion was not asked for"
    if comparison is not None:
        return comparison.promote, comparison.reason
    simple = min(float(scores["brier"]) for scores in trained.baselines.values())
    reached = float(trained.metrics["brier"])
    if reached < simple:
        return (
            True,
            f"the first version, and better than every baseline: Brier score {reached:.4f} against {simple:.4f}",
        )
    return False, f"no better than a baseline: Brier score {reached:.4f} against {simple:.4f}"


@cache
def code_version() -> str:
    """sha256, shortened, of the sources that decide what a training gives."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
