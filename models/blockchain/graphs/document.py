"""A graph as a file that other programs read: GraphML and GEXF, by networkx."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal


def document(
    nodes: Iterable[Mapping[str, Any]], edges: Iterable[Mapping[str, Any]], kind: Literal["graphml", "gexf"]
) -> str:
    """The text of the file; nodes have `id`, edges `from` and `to`, the rest are attributes.

    Lists and objects are left out.
    """
    import networkx

    graph = networkx.DiGraph()
    for node in nodes:
        graph.add_node(node["id"], **_attributes(node, "id"))
    for edge in edges:
        graph.add_edge(edge["from"], edge["to"], **_attributes(edge, "from", "to"))
    lines = networkx.generate_graphml(graph) if kind == "graphml" else networkx.generate_gexf(graph)
    return "\n".join(lines)


def _attributes(row: Mapping[str, Any], *left_out: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if isinstance(value, (int, float, str)) and name not in left_out}
