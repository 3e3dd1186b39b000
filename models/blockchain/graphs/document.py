"""A graph as a file that other programs read: GraphML, and GEXF 1.2 (Gephi).

Written line by line, since an object model of a graph with 200,000 nodes takes two gigabytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal
from xml.sax.saxutils import escape, quoteattr

Row = Mapping[str, Any]
_TYPES = {int: "long", float: "double", str: "string"}
_ENDS = ("from", "to")


def document(nodes: Sequence[Row], edges: Sequence[Row], kind: Literal["graphml", "gexf"]) -> str:
    """The text of the file; nodes have `id`, edges `from` and `to`, the rest are attributes, the same for all rows.

    Lists and objects are left out.
    """
    attributes = _attributes(nodes, ("id",)), _attributes(edges, _ENDS)
    lines = _graphml if kind == "graphml" else _gexf
    return "\n".join(lines(nodes, edges, *attributes))


def _attributes(rows: Sequence[Row], left_out: Sequence[str]) -> dict[str, str]:
    """The names of the attributes and their types."""
    first = rows[0] if rows else {}
    return {
        name: _TYPES[type(value)] for name, value in first.items() if type(value) in _TYPES and name not in left_out
    }


def _graphml(
    nodes: Iterable[Row], edges: Iterable[Row], of_nodes: dict[str, str], of_edges: dict[str, str]
) -> Iterator[str]:
    yield '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
    for what, attributes in (("node", of_nodes), ("edge", of_edges)):
        for name, type_ in attributes.items():
            yield f'<key id="{what}-{name}" for="{what}" attr.name="{name}" attr.type="{type_}"/>'
    yield '<graph edgedefault="directed">'
    for node in nodes:
        data = (f'<data key="node-{name}">{escape(str(node[name]))}</data>' for name in of_nodes)
        yield f"<node id={quoteattr(node['id'])}>{''.join(data)}</node>"
    for edge in edges:
        data = (f'<data key="edge-{name}">{escape(str(edge[name]))}</data>' for name in of_edges)
        yield f"<edge source={quoteattr(edge['from'])} target={quoteattr(edge['to'])}>{''.join(data)}</edge>"
    yield "</graph>\n</graphml>"


def _gexf(
    nodes: Iterable[Row], edges: Iterable[Row], of_nodes: dict[str, str], of_edges: dict[str, str]
) -> Iterator[str]:
    yield '<gexf xmlns="http://www.gexf.net/1.2draft" version="1.2">\n<graph defaultedgetype="directed" mode="static">'
    for what, attributes in (("node", of_nodes), ("edge", of_edges)):
        declared = (f'<attribute id="{name}" title="{name}" type="{type_}"/>' for name, type_ in attributes.items())
        yield f'<attributes class="{what}" mode="static">{"".join(declared)}</attributes>'
    yield "<nodes>"
    for node in nodes:
        name = quoteattr(node["id"])
        yield f"<node id={name} label={name}>{_values(node, of_nodes)}</node>"
    yield "</nodes>\n<edges>"
    for number, edge in enumerate(edges):
        ends = f"source={quoteattr(edge['from'])} target={quoteattr(edge['to'])}"
        yield f'<edge id="{number}" {ends}>{_values(edge, of_edges)}</edge>'
    yield "</edges>\n</graph>\n</gexf>"


def _values(row: Row, names: Iterable[str]) -> str:
    values = (f'<attvalue for="{name}" value={quoteattr(str(row[name]))}/>' for name in names)
    return f"<attvalues>{''.join(values)}</attvalues>"
