"""The graph of who paid whom: transfers merged into edges, on arrays."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from schemas.transfers import Transfers

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Graph:
    """Nodes in the order of their first transfer; edges without parallels, by source and target."""

    transfers: Transfers
    names: list[str]
    senders: Ints
    recipients: Ints
    """Node of each transfer."""
    sources: Ints
    targets: Ints
    edge_of: Ints
    """Edge of each transfer."""

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

    @cached_property
    def edge_values(self) -> list[int]:
        """What passed over each edge, over all tokens."""
        return self.totals(self.edge_of, len(self.sources))

    def degrees(self) -> tuple[Ints, Ints]:
        """Distinct payers and distinct payees of each node."""
        return np.bincount(self.targets, minlength=self.size), np.bincount(self.sources, minlength=self.size)

    def transfers_of_edges(self) -> list[int]:
        """How many transfers each edge stands for."""
        return np.bincount(self.edge_of, minlength=len(self.sources)).tolist()  # type: ignore[no-any-return] # of ints

    def totals(self, places: Ints, count: int) -> list[int]:
        """The sum of the transfers' values at each place: exact, whatever the size."""
        sums = np.zeros(count, object)
        np.add.at(sums, places, self._values)
        return sums.tolist()

    def totals_by_token(self, places: Ints) -> Iterator[tuple[int, str, int]]:
        """Place, token and sum, for each token that was named at a place."""
        kinds = {token: kind for kind, token in enumerate(dict.fromkeys(self.transfers.tokens))}
        if kinds.keys() <= {None}:
            return
        kind_of = np.fromiter(map(kinds.__getitem__, self.transfers.tokens), np.int64, len(places))
        keys, key_of = np.unique(places * len(kinds) + kind_of, return_inverse=True)
        names, totals = list(kinds), self.totals(key_of, len(keys))
        for place, kind, total in zip((keys // len(names)).tolist(), (keys % len(names)).tolist(), totals, strict=True):
            if token := names[kind]:
                yield place, token, total

    @cached_property
    def _values(self) -> NDArray[np.object_]:
        return np.array(self.transfers.values, object)


def build(transfers: Transfers) -> Graph:
    """The graph of the transfers; an address that paid itself has an edge to itself."""
    ends = [name for pair in zip(transfers.senders, transfers.recipients, strict=True) for name in pair]
    index = {name: position for position, name in enumerate(dict.fromkeys(ends))}
    places = np.fromiter(map(index.__getitem__, ends), np.int64, len(ends)).reshape(-1, 2)
    size = max(len(index), 1)
    keys, edge_of = np.unique(places[:, 0] * size + places[:, 1], return_inverse=True)
    return Graph(transfers, list(index), places[:, 0], places[:, 1], keys // size, keys % size, edge_of)
