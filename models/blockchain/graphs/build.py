"""The graph of who paid whom: transfers merged into edges, on arrays."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Payment(NamedTuple):
    """One transfer; `value` in raw units of the token (None: one unnamed token), `timestamp` in milliseconds."""

    sender: str
    recipient: str
    value: int
    token: str | None = None
    timestamp: int | None = None


@dataclass(frozen=True)
class Graph:
    """Nodes in the order of their first transfer; edges without parallels, by source and target."""

    payments: Sequence[Payment]
    names: list[str]
    senders: Ints
    recipients: Ints
    """Node of each payment."""
    sources: Ints
    targets: Ints
    edge_of: Ints
    """Edge of each payment."""

    @property
    def size(self) -> int:
        return len(self.names)

    @cached_property
    def adjacency(self) -> sparse.csr_array:
        """n x n, 1 for each edge."""
        ones = np.ones(len(self.sources))
        return sparse.csr_array((ones, (self.sources, self.targets)), shape=(self.size, self.size))

    @cached_property
    def index(self) -> dict[str, int]:
        return {name: position for position, name in enumerate(self.names)}

    @cached_property
    def leaving(self) -> dict[int, list[tuple[int, int]]]:
        """For each node, its outgoing edges and where they lead."""
        found: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for edge, (source, target) in enumerate(zip(self.sources.tolist(), self.targets.tolist(), strict=True)):
            found[source].append((edge, target))
        return found

    def degrees(self) -> tuple[Ints, Ints]:
        """Distinct payers and distinct payees of each node."""
        return np.bincount(self.targets, minlength=self.size), np.bincount(self.sources, minlength=self.size)

    def payments_of_edges(self) -> list[int]:
        """How many payments each edge stands for."""
        return np.bincount(self.edge_of, minlength=len(self.sources)).tolist()  # type: ignore[no-any-return] # of ints

    def totals(self, places: Ints, count: int) -> list[dict[str | None, int]]:
        """The sum of the payments' values at each place, by token: exact, whatever the size."""
        sums: list[dict[str | None, int]] = [defaultdict(int) for _ in range(count)]
        for place, payment in zip(places.tolist(), self.payments, strict=True):
            sums[place][payment.token] += payment.value
        return sums


def build(payments: Sequence[Payment]) -> Graph:
    """The graph of the payments; an address that paid itself has an edge to itself."""
    ends = [name for payment in payments for name in payment[:2]]
    index = {name: position for position, name in enumerate(dict.fromkeys(ends))}
    places = np.fromiter(map(index.__getitem__, ends), np.int64, len(ends)).reshape(-1, 2)
    size = len(index)
    keys, edge_of = np.unique(places[:, 0] * size + places[:, 1], return_inverse=True)
    return Graph(payments, list(index), places[:, 0], places[:, 1], keys // max(size, 1), keys % max(size, 1), edge_of)
