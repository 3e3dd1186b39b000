"""Labelled subjects, read from a file, and what is done to them before a model learns from them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from foundation.errors import InvalidInput
from models.fraud.spec import Spec
from models.fraud.trees import Floats, Ints
from models.trainers import Source
from schemas.outcome import Labelled

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


def read_table(spec: Spec, source: Source) -> Table:
    """The rows of the source's file and of its outcomes, the file's first.

    Raises InvalidInput (path `source.path`) where a column is missing, or a class has too few rows.
    """
    parts = [_outcomes(spec, source.outcomes)]
    if source.path is not None:
        parts.insert(0, _file(spec, source.path))
    rows, labels = np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])
    times = np.concatenate([part[2] for part in parts])
    groups = near_duplicates(rows)
    several = [len(np.unique(groups[labels == label])) for label in (0, 1)]
    if min(several) < _FEWEST or not np.isin(labels, (0, 1)).all():
        raise InvalidInput.at("source.path", f"expected {_FEWEST} different rows and more of each label, 0 and 1")
    return Table(rows, labels, groups, times)


def _file(spec: Spec, path: Path) -> tuple[Floats, Floats, Ints]:
    import polars as pl

    columns = [*spec.columns.values(), spec.label, *([spec.time] if spec.time else [])]
    try:
        frame = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, infer_schema_length=None)
        missing = [column for column in columns if column not in frame.columns]
        if missing:
            raise InvalidInput.at("source.path", f"lacks the columns {', '.join(missing[:5])}")
        rows = frame.select(pl.col(list(spec.columns.values())).cast(pl.Float64)).rows()
        labels = frame[spec.label].cast(pl.Float64).to_numpy()
        times = _times(frame[spec.time]) if spec.time else np.zeros(len(labels), np.int64)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InvalidInput.at("source.path", f"cannot be read as a table of {spec.name}: {error}") from None
    return spec.rows(rows), labels, times


def _times(column: Any) -> Ints:
    """Epoch milliseconds of a column of times, or of their ISO 8601 texts in a CSV file."""
    import polars as pl

    moments = column.str.to_datetime() if column.dtype == pl.String else column
    times: Ints = moments.cast(pl.Datetime("ms")).cast(pl.Int64).to_numpy()
    return times


def _outcomes(spec: Spec, outcomes: Sequence[Labelled]) -> tuple[Floats, Floats, Ints]:
    rows = spec.rows([[item.features.get(name) for name in spec.fields] for item in outcomes])
    return rows, np.array([item.label for item in outcomes], float), np.array([item.at for item in outcomes], np.int64)


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
