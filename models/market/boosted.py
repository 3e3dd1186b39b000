"""CatBoost: symmetric trees, strongly regularised (Prokhorenkova et al. 2018, "CatBoost: unbiased boosting")."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from models.market.learner import Read, Watch, fewer, shares
from models.market.linear import Ridge
from models.stopping import Stopper

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]
    Column = NDArray[np.float64]


class Boosted:
    """CatBoost on the event."""

    family = "catboost"
    _on_margin = False
    parameters: Mapping[str, Any] = {
        "iterations": 400,
        "depth": 6,
        "learning_rate": 0.04,
        "l2_leaf_reg": 20.0,
        "rsm": 0.2,
        "bootstrap_type": "Bernoulli",
        "subsample": 0.6,
        "border_count": 64,
    }

    def __init__(self, model: Any) -> None:
        self._model = model

    @classmethod
    def fit(cls, x: Matrix, event: Column, margin: Column, *, seed: int, threads: int, watch: Watch) -> Self:
        from catboost import CatBoost

        trees = fewer(int(cls.parameters["iterations"]), len(x))
        stopper = Stopper(watch, trees)
        fixed = {"random_seed": seed, "thread_count": threads, "allow_writing_files": False, "verbose": False}
        loss = "RMSE" if cls._on_margin else "Logloss"
        model = CatBoost({**cls.parameters, **fixed, "iterations": trees, "loss_function": loss})
        model.fit(x.astype(np.float32), margin if cls._on_margin else event, callbacks=[stopper])
        if stopper.error is not None:
            raise stopper.error
        return cls(model)

    def score(self, x: Matrix) -> Column:
        # CatBoost reads columns faster than rows, and makes single precision of them itself
        return np.asarray(self._model.predict(np.asfortranarray(x), thread_count=1), float)

    def importance(self) -> Column:
        return shares(np.asarray(self._model.get_feature_importance(), float))

    def dump(self) -> dict[str, bytes]:
        with TemporaryDirectory() as folder:
            path = Path(folder) / f"{self.family}.cbm"
            self._model.save_model(str(path))
            return {path.name: path.read_bytes()}

    @classmethod
    def load(cls, read: Read) -> Self:
        from catboost import CatBoost

        return cls(CatBoost().load_model(blob=read(f"{cls.family}.cbm")))


class BoostedMargin(Boosted):
    """CatBoost on the margin."""

    family = "catboost-margin"
    _on_margin = True


class RidgeBoosted:
    """Ridge regression on the margin, and CatBoost on what it leaves.

    The line reaches to levels that training never saw, as those of a market unlike the others, where trees stay at the
    last level they know; the trees add what is not linear.
    """

    family = "ridge-catboost"
    parameters: Mapping[str, Any] = {**Ridge.parameters, **Boosted.parameters}

    def __init__(self, line: Ridge, rest: BoostedMargin) -> None:
        self._line, self._rest = line, rest

    @classmethod
    def fit(cls, x: Matrix, event: Column, margin: Column, *, seed: int, threads: int, watch: Watch) -> Self:
        line = Ridge.fit(x, event, margin, seed=seed, threads=threads, watch=watch)
        left = margin - line.score(x)
        return cls(line, BoostedMargin.fit(x, event, left, seed=seed, threads=threads, watch=watch))

    def score(self, x: Matrix) -> Column:
        return self._line.score(x) + self._rest.score(x)

    def importance(self) -> Column:
        """The mean of both parts'."""
        return (self._line.importance() + self._rest.importance()) / 2

    def dump(self) -> dict[str, bytes]:
        files = {**self._line.dump(), **self._rest.dump()}
        return {f"{self.family}.{name}": data for name, data in files.items()}

    @classmethod
    def load(cls, read: Read) -> Self:
        def own(name: str) -> bytes:
            return read(f"{cls.family}.{name}")

        return cls(Ridge.load(own), BoostedMargin.load(own))
