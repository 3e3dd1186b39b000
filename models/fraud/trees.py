"""A CatBoost model of symmetric trees, and the exact Shapley values of its answers by table look-up."""

from __future__ import annotations

import json
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property
from itertools import combinations
from math import comb
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_LIMIT = 3e38  # CatBoost reads float32
_FEW = 8
"""Rows up to which a plain look at every question is quicker than CatBoost's call, which takes 0.1 to 0.3 ms."""


class _Slots(NamedTuple):
    """One slot for each feature of each tree, ordered by feature; `values[shift + leaf]` is its Shapley value."""

    values: Floats
    tree: Ints
    shift: Ints
    features: Ints
    starts: Ints


class _Questions:
    """What each level of each tree asks: is this feature above that border? The answers are the bits of a leaf."""

    def __init__(self, trees: Sequence[dict[str, Any]], features: Sequence[dict[str, Any]]) -> None:
        splits = [tree["splits"] or () for tree in trees]  # a tree may be a single leaf
        levels = max(map(len, splits))
        self._features = np.zeros((len(trees), levels), np.intp)
        self._borders = np.full((len(trees), levels), np.inf, np.float32)  # what is not asked is not so
        for tree, asked in enumerate(splits):
            for level, split in enumerate(asked):
                self._features[tree, level], self._borders[tree, level] = split["float_feature_index"], split["border"]
        self._bits = 1 << np.arange(levels)
        self._above = np.array([feature["nan_value_treatment"] == "AsTrue" for feature in features])

    def leaves(self, rows: Floats) -> Ints:
        """Index of each row's leaf in each tree, (rows, trees); CatBoost's own, to the bit."""
        values = np.where(self._above & np.isnan(rows), np.inf, rows).astype(np.float32)
        found: Ints = (values[:, self._features] > self._borders) @ self._bits
        return found


class Trees:
    """Sum of symmetric trees: `leaves` finds each row's leaf in each tree, all else is read from tables.

    In a symmetric tree every level asks one question of all its nodes, so the index of a leaf (bit i is the answer of
    level i) holds every decision about the row. The path-dependent Shapley values (Lundberg et al., "Consistent
    Individualized Feature Attribution for Tree Ensembles", 2018) are then a function of the leaf alone: they are
    computed once for each leaf, and to explain a row is to add up table entries.
    """

    def __init__(self, blob: bytes) -> None:
        """Raises catboost.CatBoostError where `blob` is no model in the cbm format."""
        from catboost import CatBoost

        self._model = CatBoost().load_model(blob=blob)
        description = _describe(self._model)
        trees = description["oblivious_trees"]
        scale, [bias] = description["scale_and_bias"]
        self.features: int = len(description["features_info"]["float_features"])
        self._questions = _Questions(trees, description["features_info"]["float_features"])
        # a tree may be a single leaf, which has None for splits
        self._splits = [tuple(split["float_feature_index"] for split in tree["splits"] or ()) for tree in trees]
        self._values = [scale * np.array(tree["leaf_values"], float) for tree in trees]
        self._weights = [np.array(tree["leaf_weights"], float) for tree in trees]
        sizes = [len(values) for values in self._values]
        self._offsets = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        self._flat = np.concatenate(self._values)
        self._bias = float(bias)

    def warm(self) -> None:
        """Compute the tables of Shapley values now."""
        assert self._slots

    def leaves(self, rows: Floats) -> Ints:
        """Position of each row's leaf of each tree, (rows, trees); `rows` is (rows, features), NaN allowed."""
        asked = np.clip(rows, -_LIMIT, _LIMIT)
        few = len(rows) <= _FEW
        local = self._questions.leaves(asked) if few else self._model.calc_leaf_indexes(asked, thread_count=1)
        places: Ints = local + self._offsets
        return places

    def raw(self, leaves: Ints) -> Floats:
        """Log-odds, (rows,); the same bits for a row whatever stands beside it."""
        total: Floats = self._flat[leaves].sum(axis=1) + self._bias
        return total

    def contributions(self, leaves: Ints) -> Floats:
        """Shapley value of each feature in log-odds, (rows, features); a row sums to `raw` less the mean answer."""
        slots = self._slots
        gathered = slots.values[leaves[:, slots.tree] + slots.shift]
        out = np.zeros((len(leaves), self.features))
        out[:, slots.features] = np.add.reduceat(gathered, slots.starts, axis=1)
        return out

    @cached_property
    def _slots(self) -> _Slots:
        """Shapley values of every leaf; trees with the same pattern of repeated features are computed together."""
        alike: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for tree, splits in enumerate(self._splits):
            first = list(dict.fromkeys(splits))
            alike[tuple(first.index(feature) for feature in splits)].append(tree)
        slots: list[tuple[int, int, Floats]] = []
        for players, trees in alike.items():
            values = np.stack([self._values[tree] for tree in trees])
            weights = np.stack([self._weights[tree] for tree in trees])
            for player, found in enumerate(_shapley(values, weights, players)):
                level = players.index(player)
                slots += [(self._splits[t][level], t, row) for t, row in zip(trees, found, strict=True)]
        slots.sort(key=lambda slot: slot[:2])
        owner = np.array([slot[1] for slot in slots])
        begins = np.cumsum([0] + [len(slot[2]) for slot in slots])[:-1]
        features, starts = np.unique([slot[0] for slot in slots], return_index=True)
        table = np.concatenate([slot[2] for slot in slots])
        return _Slots(table, owner, begins - self._offsets[owner], features, starts)


def _describe(model: Any) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        model.save_model(str(path), format="json")
        described: dict[str, Any] = json.loads(path.read_bytes())
    return described


def _shapley(values: Floats, weights: Floats, players: tuple[int, ...]) -> list[Floats]:
    """Shapley value of each player at each leaf, for trees whose level i is decided by player `players[i]`.

    `values` and `weights` (training rows in the leaf) are (trees, 2 ** levels); so is each array of the answer.
    """
    depth, count = len(players), max(players, default=-1) + 1
    shape = (len(values),) + (2,) * depth
    shares = _shares(weights.reshape(shape), depth)
    expected = {
        coalition: _expectation(values.reshape(shape), shares, {i for i, p in enumerate(players) if p in coalition})
        for size in range(count + 1)
        for coalition in map(frozenset, combinations(range(count), size))
    }
    found = []
    for player in range(count):
        total = np.zeros(shape)
        for coalition, without in expected.items():
            if player not in coalition:
                total += (expected[coalition | {player}] - without) / (count * comb(count - 1, len(coalition)))
        found.append(total.reshape(len(values), -1))
    return found


def _axis(level: int, depth: int) -> int:
    """Level 0 is the lowest bit of a leaf's index, thus the last axis; the last level stands at the root."""
    return depth - level


def _shares(weights: Floats, depth: int) -> list[Floats]:
    """For each level, which share of the rows in a node goes each way (half each where no row came by)."""
    shares = []
    for level in range(depth):
        deeper = tuple(_axis(i, depth) for i in range(level))
        cover = weights.sum(axis=deeper, keepdims=True)
        total = cover.sum(axis=_axis(level, depth), keepdims=True)
        shares.append(np.divide(cover, total, out=np.full_like(cover, 0.5), where=total > 0))
    return shares


def _expectation(values: Floats, shares: list[Floats], known: set[int]) -> Floats:
    """Mean answer at each leaf when only the levels in `known` are decided by the row, the others by their shares."""
    for level in range(len(shares)):
        if level not in known:
            values = (values * shares[level]).sum(axis=_axis(level, len(shares)), keepdims=True)
    return values
