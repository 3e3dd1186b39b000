"""What a table model of fraud looks at: its fields, how absence is read, the features made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from pydantic.alias_generators import to_camel

from models.fraud.trees import Floats

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Spec:
    """One kind of subject (a wallet, a pool). `rows` are (subjects, fields) in the order of `columns`."""

    name: str
    """Of the model in the registry."""
    code: str
    """Prefix of its reason codes."""
    columns: Mapping[str, str]
    """Field -> column of the training file."""
    label: str
    """Column of the training file that is 1 for fraud."""
    time: str | None
    """Column by which folds are ordered; None where the file has none and folds part groups at random."""
    zero_when_absent: frozenset[str]
    """Fields whose absence says the same as 0."""
    often_absent: frozenset[str]
    """Fields that the full model does without: absent is read as 0 by it."""
    ratios: Callable[[Floats], dict[str, Floats]]
    """Features computed from rows, NaN where a part is unknown."""
    words: Mapping[str, str]
    """Feature -> how a reason names it in plain English, where its own name would not do."""
    learning_rate: float
    """Of the full model; the fewer there are of the rarer label, the slower."""
    monotone: Mapping[str, int] = field(default_factory=dict)
    """Feature -> 1 (all else equal, more of it is never safer) or -1 (never riskier); binds the full model."""

    @cached_property
    def fields(self) -> tuple[str, ...]:
        return tuple(self.columns)

    @cached_property
    def features(self) -> tuple[str, ...]:
        return self.fields + tuple(self.ratios(np.zeros((1, len(self.fields)))))

    @cached_property
    def phrases(self) -> tuple[str, ...]:
        """What a reason calls each feature."""
        names = [self.words.get(name, name.replace("_", " ")) for name in self.features]
        return tuple(f"{self.code.lower()}: {name}" for name in names)

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """Reason code of each feature."""
        return tuple(f"{self.code}_{name.upper()}" for name in self.features)

    @cached_property
    def wire_names(self) -> tuple[str, ...]:
        """Each feature as JSON names it."""
        return tuple(to_camel(name) for name in self.features)

    @cached_property
    def _zeroed(self) -> Bools:
        return np.array([name in self.zero_when_absent for name in self.fields])

    @cached_property
    def _needed(self) -> Bools:
        return np.array([name not in self.zero_when_absent | self.often_absent for name in self.fields])

    def rows(self, subjects: Sequence[Sequence[float | None]] | Floats) -> Floats:
        """Subjects as a matrix; what is absent is NaN, or 0 where that says the same."""
        rows = np.array(subjects, dtype=float).reshape(len(subjects), len(self.fields))
        return np.where(np.isnan(rows) & self._zeroed, 0.0, rows)

    def matrix(self, rows: Floats) -> Floats:
        """Rows with the computed features beside them, (subjects, features)."""
        with np.errstate(over="ignore", invalid="ignore"):
            return np.column_stack([rows, *self.ratios(rows).values()])

    def known(self, rows: Floats) -> NDArray[np.int64]:
        """How many fields are given, of those whose absence says something, (subjects,)."""
        given: NDArray[np.int64] = (~np.isnan(rows) & ~self._zeroed).sum(axis=1)
        return given

    @cached_property
    def knowable(self) -> int:
        return int((~self._zeroed).sum())

    def is_complete(self, rows: Floats) -> Bools:
        """Whether all that the full model needs is given, (subjects,)."""
        complete: Bools = np.all(~np.isnan(rows) | ~self._needed, axis=1)
        return complete

    def is_empty(self, rows: Floats) -> Bools:
        """Whether nothing at all is given, (subjects,)."""
        empty: Bools = np.all(np.isnan(rows) | (self._zeroed & (rows == 0)), axis=1)
        return empty


def ratio(above: Floats, below: Floats, least: float) -> Floats:
    """A quotient that is defined where the divisor is 0."""
    return above / (np.abs(below) + least)
