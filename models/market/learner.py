"""What every family of models does: it is fitted on features and gives a score, higher where the event is likelier.

Scores become probabilities in models.calibration. Nothing is pickled, so that a model file cannot run code.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]
    Column = NDArray[np.float64]

Watch = Callable[[float], None]
"""Told the share of a fit that is done, every second or so; raises to end it."""
Read = Callable[[str], bytes]


class Learner(Protocol):
    """One family. `x` is (rows, features), `event` 0 or 1 and `margin` its log ratio to the threshold, (rows,)."""

    family: str
    parameters: Mapping[str, Any]

    @classmethod
    def fit(cls, x: Matrix, event: Column, margin: Column, *, seed: int, threads: int, watch: Watch) -> Self: ...

    def score(self, x: Matrix) -> Column:
        """Shape (rows,); a row's score has the same bits alone and in a batch."""

    def importance(self) -> Column:
        """Weight of each feature, summing to 1."""

    def dump(self) -> dict[str, bytes]: ...

    @classmethod
    def load(cls, read: Read) -> Self: ...


def fewer(trees: int, rows: int) -> int:
    """Fewer trees where there are few rows to grow them on."""
    return min(trees, 50 + rows // 40)


def shares(weights: Column) -> Column:
    """The weights as parts of a whole."""
    return np.asarray(weights / max(float(weights.sum()), 1e-12))


def pack(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Arrays as the bytes of an npz file."""
    out = io.BytesIO()
    np.savez_compressed(out, **arrays)  # type: ignore[arg-type]  # the stub takes the names for its own options
    return out.getvalue()


def unpack(data: bytes, names: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    """The arrays of these names; raises KeyError or ValueError where they are not there, or are objects."""
    with np.load(io.BytesIO(data), allow_pickle=False) as stored:
        return {name: stored[name] for name in names}
