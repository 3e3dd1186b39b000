"""Clusters of wallets that one party may run, and a verdict on each wallet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.blockchain.clusters.evidence import ADDED, Cluster, Evidence, evidence
from models.blockchain.clusters.links import Floats, Ints, Links
from models.blockchain.clusters.scorer import Scorer, probability, supported
from schemas.progress import Progress, no_progress

MIN_WALLETS = 2
PRIOR = -2.5
"""Log-odds of a cluster before its evidence, where no candidates say whom to judge and the model cannot."""


@dataclass(frozen=True)
class Found:
    """A cluster: places of its wallets among the wallets, and of its connectors among the addresses."""

    wallets: Ints
    connectors: Ints
    evidence: list[Evidence]
    score: float


@dataclass(frozen=True)
class Verdicts:
    """Clusters, the largest first; for each wallet its cluster (-1: none), its score and whether it is Sybil."""

    clusters: list[Found]
    cluster_of: Ints
    scores: Floats
    sybil: np.typing.NDArray[np.bool_]
    supported: np.typing.NDArray[np.bool_]


@dataclass(frozen=True)
class Details:
    """What is known of each link beside its count; NaN where not."""

    times: Floats
    amounts: Floats


def analyze(
    links: Links, details: Details, scorer: Scorer, *, candidates: bool = True, progress: Progress = no_progress
) -> Verdicts:
    """Clusters by wallets and their connectors; scores by the model, and by evidence that it does not know.

    Where the wallets are no chosen `candidates` but all addresses, by the evidence alone.
    """
    progress(0, 3, "score", f"{int(links.wallets.sum())} wallets")
    log_odds = scorer.log_odds(links) if candidates else np.full(int(links.wallets.sum()), PRIOR)
    progress(1, 3, "cluster")
    group = links.communities(links.wallets | links.connectors)
    wallets = np.bincount(group, links.wallets)
    clustered = np.flatnonzero(wallets >= MIN_WALLETS)
    order = clustered[np.lexsort((clustered, -wallets[clustered]))]
    parts = _parts(links, group, order, len(wallets))
    place = np.cumsum(links.wallets) - 1
    cluster_of = np.full(int(links.wallets.sum()), -1, np.int64)
    clusters: list[Found] = []
    for number, (nodes, inner) in enumerate(parts):
        if number % 200 == 0:
            progress(1 + number / len(parts), 3, "evidence", f"cluster {number} of {len(parts)}")
        own = place[nodes[links.wallets[nodes]]]
        cluster_of[own] = number
        reasons = evidence(_cluster(links, details, nodes, inner))
        log_odds[own] += sum(item.weight for item in reasons if item.code in ADDED or not candidates)
        score = float(probability(log_odds[own]).mean())
        clusters.append(Found(own, nodes[~links.wallets[nodes]], reasons, score))
    scores, enough = probability(log_odds), supported(links)
    return Verdicts(clusters, cluster_of, scores, (scores >= scorer.threshold) & enough, enough)


def _parts(links: Links, group: Ints, order: Ints, count: int) -> list[tuple[Ints, Ints]]:
    """The addresses and the links of each group, in the given order of the groups."""
    rank = np.full(count, -1, np.int64)
    rank[order] = np.arange(len(order))
    node_rank = rank[group]
    link_rank = np.where(group[links.sources] == group[links.targets], node_rank[links.sources], -1)
    nodes, edges = (_split(ranks, len(order)) for ranks in (node_rank, link_rank))
    return list(zip(nodes, edges, strict=True))


def _split(ranks: Ints, count: int) -> list[Ints]:
    """The places of each rank, 0 to count - 1."""
    order = np.argsort(ranks, kind="stable")
    bounds = np.searchsorted(ranks[order], np.arange(count + 1))
    return [order[bounds[i] : bounds[i + 1]] for i in range(count)]


def _cluster(links: Links, details: Details, nodes: Ints, inner: Ints) -> Cluster:
    """The cluster with places of its own; `nodes` ascend."""
    return Cluster(
        [links.names[node] for node in nodes.tolist()],
        links.wallets[nodes],
        np.searchsorted(nodes, links.sources[inner]),
        np.searchsorted(nodes, links.targets[inner]),
        details.times[inner],
        details.amounts[inner],
    )


def details_of(links: Links, link_of: Ints, times: Sequence[float | None], amounts: Sequence[float | None]) -> Details:
    """The earliest time of each link, and its amount where its transfers agree on one (NaN: not known)."""
    count, real = len(links.sources), link_of >= 0
    owner = link_of[real]
    moments, values = np.asarray(times, float)[real], np.asarray(amounts, float)[real]
    first, low, high = np.full(count, np.inf), np.full(count, np.inf), np.full(count, -np.inf)
    np.fmin.at(first, owner, moments)
    np.fmin.at(low, owner, values)
    np.fmax.at(high, owner, values)
    return Details(np.where(np.isfinite(first), first, np.nan), np.where(low == high, low, np.nan))
