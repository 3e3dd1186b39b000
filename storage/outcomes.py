"""What became of wallets and pools that were assessed: the labels of later trainings."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Float, SmallInteger, String, Table, Text, delete, func, insert, select

from schemas.outcome import Labelled
from storage.engine import Store
from storage.metadata import METADATA

OUTCOMES = Table(
    "fraud_outcomes",
    METADATA,
    Column("model", String(64), primary_key=True, doc="the model that it is a label for"),
    Column("subject", String(64), primary_key=True, doc="address, or a digest of the features where there is none"),
    Column("label", SmallInteger, nullable=False, doc="1 confirmed fraud, 0 false alarm"),
    Column("features", Text, nullable=False, doc="JSON: field to number or null, as it was assessed"),
    Column("score", Float, doc="that the assessment had"),
    Column("note", String(1000)),
    Column("reported", BigInteger, nullable=False, doc="epoch milliseconds"),
)


@dataclass(frozen=True)
class Outcome:
    """One report; a later one on the same subject takes its place."""

    model: str
    subject: str
    label: int
    features: Mapping[str, float | None]
    score: float | None
    note: str | None
    reported: int


def report(store: Store, outcomes: Sequence[Outcome]) -> None:
    """Store reports, in order, in one transaction."""
    with store.write() as connection:
        for outcome in outcomes:
            known = (OUTCOMES.c.model == outcome.model) & (OUTCOMES.c.subject == outcome.subject)
            connection.execute(delete(OUTCOMES).where(known))
            row = vars(outcome) | {"features": json.dumps(dict(outcome.features))}
            connection.execute(insert(OUTCOMES).values(**row))


def labelled(store: Store, model: str) -> list[Labelled]:
    """Every subject that a model has a label for, the earliest report first."""
    query = select(OUTCOMES).where(OUTCOMES.c.model == model).order_by(OUTCOMES.c.reported, OUTCOMES.c.subject)
    return [Labelled(json.loads(row["features"]), row["label"], row["reported"]) for row in store.rows(query)]


def counts(store: Store, model: str) -> dict[int, int]:
    """How many subjects there are of each label."""
    query = select(OUTCOMES.c.label, func.count().label("many")).where(OUTCOMES.c.model == model)
    return {row["label"]: row["many"] for row in store.rows(query.group_by(OUTCOMES.c.label))}
