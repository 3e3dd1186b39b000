"""What the links around a wallet look like: one row of numbers for each wallet that is judged.

Most are means over the wallets of its component, since those who run many wallets run them alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.blockchain.clusters.links import Bools, Floats, Ints, Links

MONOTONE = {
    "component_wallets": 1,
    "core_wallets": 1,
    "linked_wallets": 1,
    "largest_linked": 1,
    "wallet_share": 1,
    "component_share": 1,
    "wallet_links": 1,
    "outside_partners": -1,
}
"""Features in which the score may only rise (1) or fall (-1)."""


def features(links: Links) -> dict[str, Floats]:
    """The columns by name, one value for each wallet, in the order of the wallets."""
    scope = _Scope(links)
    columns = _sizes(scope) | _means(scope) | _shapes(scope) | _likeness(scope)
    return {name: np.asarray(column, float)[links.wallets] for name, column in columns.items()}


@dataclass(frozen=True)
class _Scope:
    """Sums and means over the wallets of each component; every column has one value for each address."""

    links: Links

    @cached_property
    def component(self) -> Ints:
        return self.links.groups(~self.links.hubs)

    @cached_property
    def wallets(self) -> Floats:
        """How many wallets the component has."""
        return self.total(np.ones(self.links.size))

    def total(self, values: Floats) -> Floats:
        """Over the wallets of the component."""
        return np.asarray(np.bincount(self.component, values * self.links.wallets)[self.component], float)

    def mean(self, values: Floats) -> Floats:
        return self.total(values) / np.maximum(self.wallets, 1)

    def variation(self, values: Floats) -> Floats:
        """Standard deviation over mean."""
        mean = self.mean(values)
        return np.sqrt(np.maximum(self.mean(values**2) - mean**2, 0)) / np.maximum(mean, 1e-9)

    def largest(self, values: Floats, where: Bools) -> Floats:
        found = np.zeros(len(self.component))
        np.maximum.at(found, self.component, np.where(where, values, 0))
        return found[self.component]

    def count(self, where: Bools) -> Floats:
        """Addresses of a kind in the component."""
        return np.asarray(np.bincount(self.component, where.astype(float))[self.component], float)

    def ends(self, kept: Bools, values: Floats | None = None) -> Floats:
        """For each address, the sum over the links of a kind that begin or end at it."""
        size = self.links.size
        weights = np.ones(len(kept)) if values is None else values
        sums = [
            np.bincount(end[kept], weights[kept], minlength=size) for end in (self.links.sources, self.links.targets)
        ]
        return np.asarray(sums[0] + sums[1])

    @cached_property
    def inner(self) -> Bools:
        """Links between two wallets."""
        return self.links.wallets[self.links.sources] & self.links.wallets[self.links.targets]


def _sizes(scope: _Scope) -> dict[str, Floats]:
    links, wallets = scope.links, scope.links.wallets
    linked = links.groups(wallets)
    core = links.groups(wallets | links.connectors)
    sizes = [np.asarray(np.bincount(group, wallets)[group], float) for group in (linked, core)]
    largest = scope.largest(sizes[0], wallets)
    nodes = scope.count(np.ones(links.size, bool))
    return {
        "component_wallets": np.log1p(scope.wallets),
        "linked_wallets": np.log1p(sizes[0]),
        "core_wallets": np.log1p(sizes[1]),
        "largest_linked": np.log1p(largest),
        "largest_linked_share": largest / np.maximum(scope.wallets, 1),
        "component_share": scope.wallets / np.maximum(nodes, 1),
        "connectors": np.log1p(scope.count(links.connectors) / np.maximum(scope.wallets, 1)),
    }


def _means(scope: _Scope) -> dict[str, Floats]:
    links, outside = scope.links, ~scope.links.wallets
    every = np.ones(len(links.sources), bool)
    degree, inner = links.degrees, scope.ends(scope.inner)
    leaves = np.asarray(links.partners @ (outside & (degree == 1)).astype(float))
    transfers, inner_transfers = scope.ends(every, links.counts), scope.ends(scope.inner, links.counts)
    single = scope.ends(scope.inner & (links.counts == 1))
    return {
        "wallet_share": scope.mean(links.wallet_partners / np.maximum(degree, 1)),
        "outside_partners": np.log1p(scope.mean(degree - links.wallet_partners)),
        "wallet_partners": np.log1p(scope.mean(links.wallet_partners)),
        "partners": np.log1p(scope.mean(degree)),
        "transfers": np.log1p(scope.mean(transfers)),
        "inner_transfers": np.log1p(scope.mean(inner_transfers)),
        "transfers_per_inner_link": np.log1p(scope.total(inner_transfers) / np.maximum(scope.total(inner), 1)),
        "single_share": scope.total(single) / np.maximum(scope.total(inner), 1),
        "leaves": np.log1p(scope.mean(leaves)),
        "leaf_share": scope.mean(leaves / np.maximum(degree, 1)),
        "wallet_links": scope.mean(inner) / 2,
    }


def _shapes(scope: _Scope) -> dict[str, Floats]:
    links, wallets = scope.links, scope.links.wallets
    nodes = scope.count(np.ones(links.size, bool))
    edges = np.bincount(scope.component[links.sources], minlength=links.size)[scope.component]
    both = scope.ends(np.ones(len(links.sources), bool)) - links.degrees
    inner = np.where(wallets, links.wallet_partners, 0)
    most = scope.largest(inner, wallets)
    return {
        "density": edges / np.maximum(nodes, 1),
        "reciprocity": np.log1p(scope.mean(both)),
        "largest_outside": np.log1p(scope.largest(links.degrees, ~wallets)),
        "largest_connector_share": scope.largest(links.wallet_partners, ~wallets) / np.maximum(scope.wallets, 1),
        "star": most / np.maximum(scope.wallets, 1),
        "most_inner": np.log1p(most),
        "chain": scope.mean((inner <= 2).astype(float)),
        "unlinked": scope.mean((inner == 0).astype(float)),
        "cycles": (scope.mean(inner) / 2) - 1 + 1 / np.maximum(scope.wallets, 1),
    }


def _likeness(scope: _Scope) -> dict[str, Floats]:
    links = scope.links
    every = np.ones(len(links.sources), bool)
    transfers = scope.ends(every, links.counts)
    received = np.asarray(np.bincount(links.targets, links.counts, minlength=links.size), float)
    payers = np.bincount(links.targets, minlength=links.size)
    payees = np.bincount(links.sources, minlength=links.size)
    return {
        "degree_variation": scope.variation(links.degrees),
        "transfer_variation": scope.variation(transfers),
        "inner_variation": scope.variation(links.wallet_partners),
        "same_degree": _modal_share(scope, links.degrees.astype(np.int64)),
        "same_ends": _modal_share(scope, payers * (links.size + 1) + payees),
        "same_transfers": _modal_share(scope, transfers.astype(np.int64)),
        "payees": np.log1p(scope.mean(payees.astype(float))),
        "payers": np.log1p(scope.mean(payers.astype(float))),
        "received_share": scope.mean(received) / np.maximum(scope.mean(transfers), 1e-9),
    }


def _modal_share(scope: _Scope, values: Ints) -> Floats:
    """The part of the component's wallets that share its most common value."""
    wallets = scope.links.wallets
    pairs, counts = np.unique(np.stack([scope.component[wallets], values[wallets]], 1), axis=0, return_counts=True)
    most = np.zeros(len(scope.component))
    np.maximum.at(most, pairs[:, 0], counts.astype(float))
    return most[scope.component] / np.maximum(scope.wallets, 1)
