"""A measured graph as the rows of an answer."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from models.blockchain.graphs.build import Floats, Graph, Ints
from schemas.graph import Community, EdgeRow, NodeRow

_NONE: dict[str, str] = {}
_NO_FLOWS: dict[str, list[str]] = {}


def edge_rows(graph: Graph) -> list[EdgeRow]:
    """The rows of the edges."""
    names = graph.names
    tokens: dict[int, dict[str, str]] = defaultdict(dict)
    for edge, token, total in graph.totals_by_token(graph.edge_of):
        tokens[edge][token] = str(total)
    ends = (graph.sources.tolist(), graph.targets.tolist())
    return [
        {
            "from": names[source],
            "to": names[target],
            "count": count,
            "value": str(value),
            "tokens": tokens.get(edge, _NONE),
        }
        for edge, (source, target, count, value) in enumerate(
            zip(*ends, graph.transfers_of_edges(), graph.edge_values, strict=True)
        )
    ]


def node_rows(graph: Graph, scores: tuple[Floats, Floats], groups: tuple[Ints, Ints]) -> list[NodeRow]:
    """The rows of the nodes; scores are PageRank and betweenness, groups component and community."""
    ways = (graph.recipients, graph.senders)
    totals = (map(str, graph.totals(ends, graph.size)) for ends in ways)
    flows = _flows(graph, ways)
    columns = (*graph.degrees(), *scores, *groups)
    return [
        {
            "id": name,
            "inDegree": in_degree,
            "outDegree": out_degree,
            "inFlow": in_flow,
            "outFlow": out_flow,
            "flows": flows.get(node, _NO_FLOWS),
            "pageRank": rank,
            "betweenness": between,
            "component": component,
            "community": community,
        }
        for node, (name, in_flow, out_flow, in_degree, out_degree, rank, between, component, community) in enumerate(
            zip(graph.names, *totals, *(column.tolist() for column in columns), strict=True)
        )
    ]


def _flows(graph: Graph, ways: tuple[Ints, Ints]) -> dict[int, dict[str, list[str]]]:
    """For the nodes that moved tokens with names: what came in and what went out of each."""
    found: dict[int, dict[str, list[str]]] = defaultdict(dict)
    for way, ends in enumerate(ways):
        for node, token, total in graph.totals_by_token(ends):
            found[node].setdefault(token, ["0", "0"])[way] = str(total)
    return found


def community_rows(component: Ints, community: Ints) -> list[Community]:
    """The communities by size."""
    ids, first, sizes = np.unique(community, return_index=True, return_counts=True)
    columns = (ids, sizes, component[first])
    return [
        {"id": i, "size": size, "component": part} for i, size, part in zip(*(c.tolist() for c in columns), strict=True)
    ]
