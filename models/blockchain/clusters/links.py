"""Who dealt with whom, on arrays: the links between addresses, and which addresses are judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

HUB_DEGREE = 250
"""An address that nobody asked about, with more partners than this, is an exchange or a contract: it joins nobody."""
MAX_COMPONENT = 500
"""Larger components are parted into communities."""
_SHARED_WALLETS = 2
_SHARED_PART = 0.3
"""A connector is an address outside with so many wallets, and such a part of its partners, among those asked about."""


@dataclass(frozen=True)
class Links:
    """Directed links without parallels; `counts` is how many transfers each stands for."""

    names: Sequence[str]
    sources: Ints
    targets: Ints
    counts: Floats
    wallets: Bools
    """Which addresses are judged."""

    @property
    def size(self) -> int:
        return len(self.names)

    @cached_property
    def partners(self) -> sparse.csr_array:
        """n x n, symmetric, 1 where two addresses dealt with each other in either direction."""
        ones = np.ones(len(self.sources))
        directed = sparse.coo_array((ones, (self.sources, self.targets)), shape=(self.size, self.size)).tocsr()
        both = sparse.csr_array(directed + directed.T)
        both.data[:] = 1
        return both

    @cached_property
    def degrees(self) -> Floats:
        """How many partners each address has."""
        return np.asarray(np.diff(self.partners.indptr), float)

    @cached_property
    def wallet_partners(self) -> Floats:
        """How many of them are judged."""
        return np.asarray(self.partners @ self.wallets.astype(float))

    @cached_property
    def hubs(self) -> Bools:
        return np.asarray(~self.wallets & (self.degrees > HUB_DEGREE))

    @cached_property
    def connectors(self) -> Bools:
        """Addresses outside that deal mostly with the wallets: their own funders and collectors."""
        part = self.wallet_partners / np.maximum(self.degrees, 1)
        return np.asarray(
            ~self.wallets & ~self.hubs & (self.wallet_partners >= _SHARED_WALLETS) & (part >= _SHARED_PART)
        )

    def groups(self, members: Bools) -> Ints:
        """The weakly connected component of each address in the graph of the members; others are alone."""
        return np.asarray(connected_components(self._among(members), directed=False)[1], np.int64)

    def communities(self, members: Bools) -> Ints:
        """The same, with components of more than `MAX_COMPONENT` addresses parted by Louvain (Blondel et al., 2008)."""
        groups = self.groups(members)
        large = np.bincount(groups)[groups] > MAX_COMPONENT
        if not large.any():
            return groups
        from sknetwork.clustering import Louvain

        parts = Louvain(random_state=0).fit_predict(sparse.csr_matrix(self._among(large)), force_bipartite=False)
        return np.where(large, groups.max() + 1 + parts, groups)

    def _among(self, members: Bools) -> sparse.csr_array:
        """Links between members, in both directions."""
        kept = members[self.sources] & members[self.targets]
        ones, ends = np.ones(2 * kept.sum()), (self.sources[kept], self.targets[kept])
        both = (np.concatenate(ends), np.concatenate(ends[::-1]))
        return sparse.coo_array((ones, both), shape=(self.size, self.size)).tocsr()


def link(
    senders: Sequence[str], recipients: Sequence[str], counts: Sequence[int], wallets: Sequence[str]
) -> tuple[Links, Ints]:
    """The links of transfers, and the link of each transfer (-1 for one from an address to itself).

    `wallets` are the addresses to judge, among the transfers or not.
    """
    index = {name: place for place, name in enumerate(dict.fromkeys([*wallets, *senders, *recipients]))}
    size = max(len(index), 1)
    sources = np.fromiter(map(index.__getitem__, senders), np.int64, len(senders))
    targets = np.fromiter(map(index.__getitem__, recipients), np.int64, len(recipients))
    real = np.flatnonzero(sources != targets)
    keys, link_of = np.unique(sources[real] * size + targets[real], return_inverse=True)
    judged = np.zeros(len(index), bool)
    judged[: len(set(wallets))] = True
    sums = np.asarray(np.bincount(link_of, np.asarray(counts, float)[real], minlength=len(keys)), float)
    places = np.full(len(senders), -1, np.int64)
    places[real] = link_of
    return Links(list(index), keys // size, keys % size, sums, judged), places


def all_but_hubs(links: Links) -> Links:
    """The same links with every address judged that is no hub."""
    return replace(links, wallets=np.asarray(links.degrees <= HUB_DEGREE))
