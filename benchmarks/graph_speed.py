"""PageRank, components and communities of a graph with 20,000 edges, beside networkx in the same run.

    python -m benchmarks.graph_speed [--nodes 8000] [--edges 20000] [--rounds 5]

The graph is random with few addresses that receive most. Prints the least CPU milliseconds of each, and the largest
difference of the numbers.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import networkx
import numpy as np

from models.blockchain.graphs import metrics
from models.blockchain.graphs.build import Graph, Payment, build


def graph_of(nodes: int, edges: int) -> Graph:
    rng = np.random.default_rng(0)
    senders = rng.integers(0, nodes, edges)
    recipients = np.minimum(rng.pareto(1.0, edges) * 5, nodes - 1).astype(int)
    return build([Payment(f"0x{a:040x}", f"0x{b:040x}", 1) for a, b in zip(senders, recipients, strict=True)])


def least(rounds: int, work: Callable[[], Any]) -> tuple[float, Any]:
    """Least CPU milliseconds of several runs, and what came out."""
    taken, result = [], None
    for _ in range(rounds):
        start = time.process_time()
        result = work()
        taken.append(1e3 * (time.process_time() - start))
    return min(taken), result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, default=8_000)
    parser.add_argument("--edges", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    graph = graph_of(options.nodes, options.edges)
    other = networkx.DiGraph()
    other.add_nodes_from(graph.names)
    other.add_edges_from((payment.sender, payment.recipient) for payment in graph.payments)
    undirected = other.to_undirected()
    metrics.communities(graph)  # the first call compiles and imports
    graph.adjacency.sum()
    total, peer = 0.0, 0.0
    for name, mine, theirs in (
        ("pageRank", metrics.page_rank, lambda: networkx.pagerank(other, tol=1e-14, max_iter=1_000)),
        ("components", metrics.components, lambda: list(networkx.weakly_connected_components(other))),
        ("communities", metrics.communities, lambda: networkx.community.louvain_communities(undirected, seed=0)),
        ("betweenness, sampled", metrics.betweenness, lambda: networkx.betweenness_centrality(other, k=metrics.PIVOTS)),
    ):
        spent, made = least(options.rounds, lambda mine=mine: mine(graph))
        needed, reference = least(1, theirs)
        if name == "pageRank":
            error = max(abs(reference[node] - made[i]) for i, node in enumerate(graph.names))
            print(f"largest difference of pageRank: {error:.1e}")
        if not name.startswith("between"):
            total, peer = total + spent, peer + needed
        print(f"{name:22} {spent:8.1f} ms   networkx {needed:8.1f} ms")
    print(f"{'first three':22} {total:8.1f} ms   networkx {peer:8.1f} ms")


if __name__ == "__main__":
    main()
