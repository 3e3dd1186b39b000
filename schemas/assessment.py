"""The parts of a risk assessment."""

from __future__ import annotations

from schemas.base import Wire


class Reason(Wire):
    """Why a score is as high as it is."""

    code: str
    message: str
    feature: str | None
    """The field, or the ratio of fields, that it is about; null for a rule."""
    contribution: float
    """The part of the score that this reason stands for."""


class ModelComponent(Wire):
    """What a model says of a wallet or pool."""

    probability: float | None
    """Of fraud, calibrated; null where nothing to judge by was given."""
    model: str | None
    """full, or partial where the model for incomplete knowledge answered."""
    known_fields: int
    """How many of `knowableFields` were given; fields whose absence says the same as 0 are not counted."""
    knowable_fields: int


class RuleHit(Wire):
    """A rule that fired."""

    id: str
    weight: float
    code: str
    message: str


class VelocityComponent(Wire):
    """What the sliding windows hold at the transaction's time, itself included."""

    available: bool
    """False where no Redis answered: rules about velocity then know nothing."""
    counted: bool
    """False where this transaction had been counted before."""
    windows: dict[str, dict[str, dict[str, float]]]
    """wallet, counterparty, token, ip -> 1m, 1h, 1d, 7d, 30d -> count, sum (Ether; raw units for token), distinct."""


class Components(Wire):
    """The parts of a score."""

    wallet: ModelComponent
    pool: ModelComponent
    velocity: VelocityComponent | None
    """Null without a transaction."""
    rules: list[RuleHit]
    """The weightiest first."""
