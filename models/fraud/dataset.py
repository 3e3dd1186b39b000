"""Labelled subjects, read from a file, and what is done to them before a model learns from them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from foundation.errors import InvalidInput
from models.fraud.spec import Spec
from models.fraud.trees import Floats, Ints

_FEWEST = 50  # of each class; fewer cannot be parted into folds and measured


@dataclass(frozen=True)
class Table:
    """`rows` (subjects, fields), `labels` 0 or 1, `groups` of near-duplicates, `times` in order or all 0."""

    rows: Floats
    labels: Floats
    groups: Ints
    times: Ints

    def part(self, chosen: Any) -> Table:
        return Table(self.rows[chosen], self.labels[chosen], self.groups[chosen], self.times[chosen])


def read_table(spec: Spec, path: Path) -> Table:
    """A Parquet or CSV file with the spec's columns; raises InvalidInput (path `source.path`) where one is missing."""
    import polars as pl

    try:
        frame = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, infer_schema_length=None)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InvalidInput.at("source.path", f"cannot be read as a table: {error}") from None
    columns = [*spec.columns.values(), spec.label, *([spec.time] if spec.time else [])]
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise InvalidInput.at("source.path", f"lacks the columns {', '.join(missing[:5])}")
    rows = frame.select(pl.col(list(spec.columns.values())).cast(pl.Float64)).rows()
    labels = frame[spec.label].cast(pl.Float64).to_numpy()
    times = frame[spec.time].cast(pl.Datetime("ms")).cast(pl.Int64).to_numpy() if spec.time else np.zeros(len(labels))
    return make_table(spec, rows, labels, times.astype(np.int64))


def make_table(spec: Spec, subjects: Any, labels: Floats, times: Ints) -> Table:
    """The table of these subjects; raises InvalidInput where a class has too few of them."""
    if min((labels == 1).sum(), (labels == 0).sum()) < _FEWEST:
        raise InvalidInput.at("source.path", f"expected at least {_FEWEST} rows of each class, labels 0 and 1")
    rows = spec.rows(subjects)
    return Table(rows, labels, near_duplicates(rows), times)


def near_duplicates(rows: Floats) -> Ints:
    """Group of each row: rows that agree in every field to about 5% (0.05 in signed log) share one.

    Scripted wallets repeat each other; parted between training and test they would be remembered, not recognised.
    """
    groups: Ints = np.unique(_rounded(rows), axis=0, return_inverse=True)[1]
    return groups.ravel()


def _rounded(rows: Floats) -> Ints:
    signed = np.nan_to_num(np.sign(rows) * np.log1p(np.abs(rows)))
    rounded: Ints = np.round(signed * 20).astype(np.int64)
    return rounded


def fingerprints(rows: Floats) -> Ints:
    """64 bits of each row's near-duplicate group, sorted: by them a later training knows what a model has seen."""
    digests = [hashlib.blake2b(row.tobytes(), digest_size=8).digest() for row in _rounded(rows)]
    return np.frombuffer(b"".join(digests), np.int64)


def mask(spec: Spec, table: Table, seed: int, copies: int) -> Table:
    """Copies of the rows of which a random part is hidden, as a caller who knows little would send them.

    How much is hidden differs by row (10% to 80% of the fields); the fields that are 0 when absent are hidden all
    together in most rows, for whoever has no token index has none of them.
    """
    random = np.random.default_rng(seed)
    many = table.part(np.tile(np.arange(len(table.rows)), copies))
    zeroed = np.array([name in spec.zero_when_absent for name in spec.fields])
    hidden = random.random(many.rows.shape) < random.uniform(0.1, 0.8, (len(many.rows), 1))
    hidden |= zeroed & (random.random((len(many.rows), 1)) < 0.6)
    return Table(np.where(hidden, np.where(zeroed, 0.0, np.nan), many.rows), many.labels, many.groups, many.times)
