"""Shortest ways for value from one address to another."""

from __future__ import annotations

from models.blockchain.graphs.build import Graph

MAX_HOPS = 1_000


def shortest(graph: Graph, source: str, target: str) -> tuple[list[str], int] | None:
    """The path with the fewest hops and, among those, the one through which most value passed.

    What passed through a path is the least of its edges' values. None where no path
    of up to `MAX_HOPS` leads there, or either address is not in the graph.
    """
    start, end = graph.index.get(source), graph.index.get(target)
    if start is None or end is None:
        return None
    values = graph.edge_values
    passed, came_from = {start: -1}, {}
    level = [start]
    for _ in range(MAX_HOPS):
        if not level or end in passed:
            break
        following: dict[int, tuple[int, int]] = {}
        for node in level:
            for edge, neighbour in graph.leaving[node]:
                width = values[edge] if passed[node] < 0 else min(passed[node], values[edge])
                if neighbour not in passed and width > following.get(neighbour, (-1, 0))[0]:
                    following[neighbour] = (width, node)
        for node, (width, before) in following.items():
            passed[node], came_from[node] = width, before
        level = list(following)
    if end not in passed:
        return None
    path = [end]
    while path[-1] != start:
        path.append(came_from[path[-1]])
    return [graph.names[node] for node in reversed(path)], max(passed[end], 0)
