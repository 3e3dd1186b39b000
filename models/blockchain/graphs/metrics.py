"""Measures of a graph's nodes, on arrays; the same numbers as networkx where it has the measure."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from models.blockchain.graphs.build import Floats, Graph, Ints

EXACT_NODES = 1_000
"""Up to so many nodes betweenness is exact whatever the number of edges."""
_EXACT_WORK = 4_000_000
"""Above them, while nodes times edges is no more than this."""
PIVOTS = 64
"""Nodes from which paths are followed where betweenness is sampled; a quarter of them in graphs above 20,000 nodes."""
_LARGE = 20_000
_MAX_HOPS = 64
"""Longer shortest paths are not followed there."""
_CELLS = 2_000_000
"""Nodes or links times pivots that are worked on at once."""
_DAMPING = 0.85
_TOLERANCE = 1e-14
_MAX_ROUNDS = 1_000


def page_rank(graph: Graph) -> Floats:
    """PageRank of each node, damping 0.85, edges without weights, summing to 1 (Page et al., 1999).

    As networkx has it: a node without outgoing edges gives its rank to all nodes alike.
    """
    size = graph.size
    if not size:
        return np.zeros(0)
    out = np.diff(graph.adjacency.indptr).astype(float)
    share = np.divide(1.0, out, where=out > 0, out=np.zeros(size))
    flow = sparse.csr_array(graph.adjacency.T)
    dangling = np.flatnonzero(out == 0)
    rank = np.full(size, 1 / size)
    for _ in range(_MAX_ROUNDS):
        spread = _DAMPING * rank[dangling].sum() + 1 - _DAMPING
        following = _DAMPING * (flow @ (rank * share)) + spread / size
        change = np.abs(following - rank).sum()
        rank = following
        if change < _TOLERANCE:
            break
    return np.asarray(rank / rank.sum())


def components(graph: Graph) -> Ints:
    """The weakly connected component of each node, numbered from the largest."""
    _, labels = connected_components(graph.adjacency, directed=True, connection="weak")
    return by_size(labels)


def communities(graph: Graph) -> Ints:
    """Louvain communities of the graph without directions (Blondel et al., 2008), numbered from the largest."""
    if not len(graph.sources):
        return np.arange(graph.size)
    from sknetwork.clustering import Louvain

    both = sparse.csr_matrix(graph.adjacency + graph.adjacency.T)
    both.data[:] = 1
    return by_size(Louvain(random_state=0).fit_predict(both))


def by_size(labels: Ints) -> Ints:
    """The same groups, numbered from the largest; the one with the earlier node first where sizes are equal."""
    if not len(labels):
        return np.zeros(0, np.int64)
    _, first, inverse, counts = np.unique(labels, return_index=True, return_inverse=True, return_counts=True)
    place = np.empty(len(counts), np.int64)
    place[np.lexsort((first, -counts))] = np.arange(len(counts))
    return place[inverse]


def betweenness(graph: Graph) -> tuple[Floats, bool]:
    """Directed, unweighted, normalised betweenness of each node, and whether it is exact (Brandes, 2001).

    Sampled over fixed pivots where the graph is too large for all (Brandes and Pich, 2007).
    """
    size = graph.size
    if size <= EXACT_NODES or size * len(graph.sources) <= _EXACT_WORK:
        return exact(graph), True
    count = PIVOTS if size <= _LARGE else PIVOTS // 4
    return sampled(graph, np.random.default_rng(0).choice(size, count, replace=False)), False


def exact(graph: Graph) -> Floats:
    import rustworkx

    made = rustworkx.PyDiGraph()
    made.add_nodes_from(range(graph.size))
    made.add_edges_from_no_data(list(zip(graph.sources.tolist(), graph.targets.tolist(), strict=True)))
    scores = rustworkx.digraph_betweenness_centrality(made, normalized=True)
    return np.fromiter((scores[node] for node in range(graph.size)), float, graph.size)


def sampled(graph: Graph, pivots: Ints) -> Floats:
    """Betweenness by the shortest paths that begin at the pivots, scaled up to all nodes."""
    size, at_once = graph.size, max(1, _CELLS // max(graph.size, len(graph.sources)))
    parts = [_dependencies(graph, pivots[start : start + at_once]) for start in range(0, len(pivots), at_once)]
    return np.asarray(sum(parts) * size / (len(pivots) * (size - 1) * (size - 2)))


def _dependencies(graph: Graph, pivots: Ints) -> Floats:
    """For each node, the sum of the dependencies of the pivots on it, level by level for all pivots at once.

    A cell is a node as one pivot sees it, so that the work is that of the links which the pivots reach.
    """
    size, count = graph.size, len(pivots)
    paths, reached, last = np.zeros(size * count), np.zeros(size * count, bool), np.zeros(size * count, np.int64)
    cells = own = pivots * count + np.arange(count)
    paths[own], reached[own] = 1, True
    levels: list[tuple[Ints, Ints]] = []
    while len(cells) and len(levels) < _MAX_HOPS:
        before, after = _following(graph, cells, count)
        fresh = ~reached[after]
        before, after = before[fresh], after[fresh]
        np.add.at(paths, after, paths[before])
        places = np.arange(len(after))
        last[after] = places
        cells = after[last[after] == places]  # each once
        reached[cells] = True
        levels.append((before, after))
    dependency = np.zeros(size * count)
    for before, after in reversed(levels):
        np.add.at(dependency, before, paths[before] / paths[after] * (1 + dependency[after]))
    dependency[own] = 0
    return np.asarray(dependency.reshape(size, count).sum(axis=1))


def _following(graph: Graph, cells: Ints, count: int) -> tuple[Ints, Ints]:
    """The links that leave the cells: where each begins and where it leads."""
    bounds, targets = graph.adjacency.indptr.astype(np.int64), graph.adjacency.indices.astype(np.int64)
    nodes = cells // count
    leaving = bounds[nodes + 1] - bounds[nodes]
    before, ends = np.repeat(cells, leaving), np.cumsum(leaving)
    links = np.arange(len(before)) + np.repeat(bounds[nodes] - ends + leaving, leaving)
    return before, targets[links] * count + before % count
