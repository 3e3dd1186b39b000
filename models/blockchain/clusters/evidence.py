"""What a person can check: why the wallets of a cluster look as if one party ran them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from models.blockchain.clusters.links import Bools, Floats, Ints

MIN_SHARED = 3
_CHAIN = 4
_ALIKE = 0.5
_TOGETHER = 0.6
_WINDOW = 24 * 3_600_000
_SHOWN = 20


class Evidence(NamedTuple):
    """One reason: what it is, how much it adds to the log-odds, in words, and the addresses to look at."""

    code: str
    weight: float
    message: str
    addresses: list[str]


@dataclass(frozen=True)
class Cluster:
    """The wallets and connectors of a cluster and the links among them, by place within `names`.

    `times` is the earliest transfer of each link in milliseconds and `amounts` its value where all its transfers had
    the same; NaN where not known.
    """

    names: Sequence[str]
    wallets: Bools
    sources: Ints
    targets: Ints
    times: Floats
    amounts: Floats

    def partners_of(self, giver: Ints, taker: Ints) -> Floats:
        """How many wallets each address gave to (`giver` sources, `taker` targets) or took from."""
        return np.asarray(np.bincount(giver, self.wallets[taker].astype(float), minlength=len(self.names)), float)


def evidence(cluster: Cluster) -> list[Evidence]:
    """All that speaks for one party, the weightiest first."""
    found = [made for find in _FINDERS if (made := find(cluster))]
    return sorted(found, key=lambda item: -item.weight)


def _common(cluster: Cluster, giver: Ints, taker: Ints) -> tuple[str, int, list[str]] | None:
    """The address with most wallets on the other side, how many, and which, where they are enough."""
    fans = cluster.partners_of(giver, taker)
    top = int(fans.argmax())
    if fans[top] < MIN_SHARED:
        return None
    others = taker[(giver == top) & cluster.wallets[taker]]
    return cluster.names[top], int(fans[top]), [cluster.names[place] for place in others[:_SHOWN].tolist()]


def _funding(cluster: Cluster) -> Evidence | None:
    common = _common(cluster, cluster.sources, cluster.targets)
    if common is None:
        return None
    name, count, wallets = common
    return Evidence("COMMON_FUNDING", 1.0, f"{name} paid {count} of the wallets", [name, *wallets])


def _collection(cluster: Cluster) -> Evidence | None:
    common = _common(cluster, cluster.targets, cluster.sources)
    if common is None:
        return None
    name, count, wallets = common
    return Evidence("COMMON_COLLECTION", 1.0, f"{count} of the wallets paid {name}", [name, *wallets])


def _chain(cluster: Cluster) -> Evidence | None:
    """The longest of the shortest ways from wallet to wallet, where most wallets have no more than two others."""
    inner = cluster.wallets[cluster.sources] & cluster.wallets[cluster.targets]
    near: dict[int, set[int]] = {}
    for a, b in zip(cluster.sources[inner].tolist(), cluster.targets[inner].tolist(), strict=True):
        near.setdefault(a, set()).add(b)
        near.setdefault(b, set()).add(a)
    slim = sum(len(others) <= 2 for others in near.values())
    if not near or slim < 0.8 * len(near):
        return None
    path = _farthest(near, _farthest(near, next(iter(near)))[-1])
    if len(path) < _CHAIN:
        return None
    message = f"{len(path)} wallets paid each other one after the other"
    return Evidence("CHAIN", 0.8, message, [cluster.names[place] for place in path[:_SHOWN]])


def _farthest(near: dict[int, set[int]], start: int) -> list[int]:
    """The way from the start to one of the nodes farthest from it."""
    came_from, level = {start: start}, [start]
    last = start
    while level:
        last = level[0]
        following = []
        for node in level:
            for other in sorted(near[node]):
                if other not in came_from:
                    came_from[other] = node
                    following.append(other)
        level = following
    path = [last]
    while path[-1] != start:
        path.append(came_from[path[-1]])
    return path[::-1]


def _dense(cluster: Cluster) -> Evidence | None:
    inner = cluster.wallets[cluster.sources] & cluster.wallets[cluster.targets]
    count, links = int(cluster.wallets.sum()), int(inner.sum())
    if count < _CHAIN or links < 1.5 * count:
        return None
    return Evidence("DENSE_LINKS", 0.8, f"{links} links among {count} wallets", [])


def _alike(cluster: Cluster) -> Evidence | None:
    """Wallets with the same numbers of payers and payees within the cluster."""
    size = len(cluster.names)
    ends = [np.bincount(ends, minlength=size)[cluster.wallets] for ends in (cluster.targets, cluster.sources)]
    kinds, counts = np.unique(np.stack(ends, 1), axis=0, return_counts=True)
    top = int(counts.argmax())
    if cluster.wallets.sum() < 2 * MIN_SHARED or counts[top] < _ALIKE * cluster.wallets.sum():
        return None
    payers, payees = kinds[top].tolist()
    message = f"{counts[top]} wallets have {payers} payers and {payees} payees in the cluster each"
    return Evidence("SIMILAR_BEHAVIOUR", 0.4, message, [])


def _synchrony(cluster: Cluster) -> Evidence | None:
    """Most wallets were first paid within one day."""
    timed = cluster.wallets[cluster.targets] & ~np.isnan(cluster.times)
    first = np.full(len(cluster.names), np.inf)
    np.minimum.at(first, cluster.targets[timed], cluster.times[timed])
    known = np.sort(first[np.isfinite(first)])
    if len(known) < 2 * MIN_SHARED:
        return None
    together = int((np.searchsorted(known, known + _WINDOW, side="right") - np.arange(len(known))).max())
    if together < _TOGETHER * cluster.wallets.sum():
        return None
    return Evidence("SYNCHRONY", 1.0, f"{together} of the wallets were first paid within one day", [])


def _amounts(cluster: Cluster) -> Evidence | None:
    """Most payments to wallets were of the same amount."""
    paid = cluster.amounts[cluster.wallets[cluster.targets] & ~np.isnan(cluster.amounts)]
    if len(paid) < 2 * MIN_SHARED:
        return None
    values, counts = np.unique(paid, return_counts=True)
    top = int(counts.argmax())
    if counts[top] < _ALIKE * len(paid):
        return None
    return Evidence("EQUAL_AMOUNTS", 0.7, f"{counts[top]} payments among them were of {values[top]:.6g}", [])


_FINDERS: tuple[Callable[[Cluster], Evidence | None], ...] = (
    _funding,
    _collection,
    _chain,
    _dense,
    _alike,
    _synchrony,
    _amounts,
)
ADDED = frozenset({"SYNCHRONY", "EQUAL_AMOUNTS"})
"""Evidence that the model does not know, since its data has no times and no amounts: its weight is added."""
