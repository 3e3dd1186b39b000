"""blockchain.transaction-graph on 20,000 edges, beside networkx in the same run.

    python -m benchmarks.graph_speed [--nodes 8000] [--edges 20000] [--rounds 5]

The graph is random with few addresses that receive most. Prints the least CPU milliseconds of PageRank, components and
communities, first each by itself, then together with building the graph; of the whole operation from JSON text to JSON
text; and the largest difference of PageRank.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from typing import Any

import networkx
import numpy as np

from models.blockchain.graphs import metrics
from models.blockchain.graphs.build import Graph, build
from schemas.transfers import Payment, Transfers
from tasks.discovery import find
from tasks.runner import run


def transfers_of(nodes: int, edges: int) -> Transfers:
    """Random addresses; amounts are larger than 64 bits where they are summed."""
    rng = np.random.default_rng(0)
    names = [f"0x{rng.bytes(20).hex()}" for _ in range(nodes)]
    senders = rng.integers(0, nodes, edges)
    recipients = np.minimum(rng.pareto(1.0, edges) * 5, nodes - 1).astype(int)
    values = [int(value) * 10**12 for value in rng.integers(1, 10**9, edges)]
    rows = zip(senders.tolist(), recipients.tolist(), values, strict=True)
    return Transfers.of([Payment(names[a], names[b], value) for a, b, value in rows])


def least(rounds: int, work: Callable[[], Any]) -> tuple[float, Any]:
    """Least CPU milliseconds of several runs, and what came out."""
    taken, result = [], None
    for _ in range(rounds):
        start = time.process_time()
        result = work()
        taken.append(1e3 * (time.process_time() - start))
    return min(taken), result


def measured(transfers: Transfers) -> tuple[Any, ...]:
    graph = build(transfers)
    return metrics.page_rank(graph), metrics.components(graph), metrics.communities(graph)


def networkx_graph(transfers: Transfers) -> networkx.DiGraph:
    made = networkx.DiGraph()
    made.add_edges_from(zip(transfers.senders, transfers.recipients, strict=True))
    return made


def networkx_measured(transfers: Transfers) -> tuple[Any, ...]:
    made = networkx_graph(transfers)
    communities = networkx.community.louvain_communities(made.to_undirected(), seed=0)
    return networkx.pagerank(made), list(networkx.weakly_connected_components(made)), communities


def each(graph: Graph, rounds: int) -> None:
    """Every measure by itself."""
    other = networkx_graph(graph.transfers)
    undirected = other.to_undirected()
    for name, mine, theirs in (
        ("pageRank", metrics.page_rank, lambda: networkx.pagerank(other, tol=1e-14, max_iter=1_000)),
        ("components", metrics.components, lambda: list(networkx.weakly_connected_components(other))),
        ("communities", metrics.communities, lambda: networkx.community.louvain_communities(undirected, seed=0)),
        ("betweenness, sampled", metrics.betweenness, lambda: networkx.betweenness_centrality(other, k=metrics.PIVOTS)),
    ):
        spent, made = least(rounds, lambda mine=mine: mine(graph))
        needed, reference = least(1, theirs)
        if name == "pageRank":
            error = max(abs(reference[node] - made[i]) for i, node in enumerate(graph.names))
            print(f"largest difference of pageRank: {error:.1e}")
        print(f"{name:30} {spent:8.1f} ms   networkx {needed:8.1f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, default=8_000)
    parser.add_argument("--edges", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    transfers = transfers_of(options.nodes, options.edges)
    rows = zip(transfers.senders, transfers.recipients, transfers.values, strict=True)
    text = json.dumps({"transfers": [{"from": a, "to": b, "value": str(value)} for a, b, value in rows]})
    operation = find("blockchain.transaction-graph")
    run(operation, [text])  # the first call compiles and imports
    each(build(transfers), options.rounds)
    spent, _ = least(options.rounds, lambda: measured(transfers))
    needed, _ = least(1, lambda: networkx_measured(transfers))
    print(f"{'built, and the first three':30} {spent:8.1f} ms   networkx {needed:8.1f} ms")
    print(f"{'whole operation, JSON to JSON':30} {least(options.rounds, lambda: run(operation, [text]))[0]:8.1f} ms")


if __name__ == "__main__":
    main()
