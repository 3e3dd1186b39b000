"""A measured graph as the rows of an answer."""

from __future__ import annotations

import numpy as np

from models.blockchain.graphs.build import Floats, Graph, Ints
from schemas.graph import Community, EdgeRow, NodeRow


def edge_rows(graph: Graph) -> tuple[list[EdgeRow], list[int]]:
    """The rows of the edges, and the value of each."""
    totals = graph.totals(graph.edge_of, len(graph.sources))
    counts = graph.payments_of_edges()
    values = [sum(total.values()) for total in totals]
    ends = zip(graph.sources.tolist(), graph.targets.tolist(), strict=True)
    rows = [
        EdgeRow(
            {
                "from": graph.names[source],
                "to": graph.names[target],
                "count": count,
                "value": value,
                "tokens": {token: amount for token, amount in total.items() if token},
            }
        )
        for (source, target), count, value, total in zip(ends, counts, values, totals, strict=True)
    ]
    return rows, values


def node_rows(graph: Graph, scores: tuple[Floats, Floats], groups: tuple[Ints, Ints]) -> list[NodeRow]:
    """The rows of the nodes; scores are PageRank and betweenness, groups component and community."""
    incoming, outgoing = (graph.totals(ends, graph.size) for ends in (graph.recipients, graph.senders))
    in_degrees, out_degrees = graph.degrees()
    columns = (in_degrees, out_degrees, *scores, *groups)
    return [
        NodeRow(
            id=name,
            in_degree=in_degree,
            out_degree=out_degree,
            in_flow=sum(came.values()),
            out_flow=sum(went.values()),
            flows={token: [came.get(token, 0), went.get(token, 0)] for token in {**came, **went} if token},
            page_rank=rank,
            betweenness=between,
            component=component,
            community=community,
        )
        for name, came, went, in_degree, out_degree, rank, between, component, community in zip(
            graph.names, incoming, outgoing, *(column.tolist() for column in columns), strict=True
        )
    ]


def community_rows(component: Ints, community: Ints) -> list[Community]:
    """The communities by size."""
    ids, first, sizes = np.unique(community, return_index=True, return_counts=True)
    return [
        Community.model_construct(id=int(i), size=int(size), component=int(component[at]))
        for i, at, size in zip(ids, first, sizes, strict=True)
    ]
