"""blockchain.transaction-graph: who paid whom, and how the addresses stand in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from foundation.errors import InvalidInput, SobaError
from schemas.base import Rows, Wire
from schemas.block import HexAddress
from schemas.graph import Community, EdgeRow, NodeRow, PathFound, TaintRow
from schemas.primitives import Millis
from schemas.transfers import Payment, RowsOf, Transfer, Transfers
from tasks.batch import one_by_one
from tasks.context import INERT, Context
from tasks.operation import operation
from tasks.resources import resources

if TYPE_CHECKING:
    from models.blockchain.graphs.build import Graph

MAX_TRANSFERS = 200_000


class TaintRequest(Wire):
    """Where tainted value begins."""

    seeds: Annotated[list[HexAddress], Field(min_length=1, max_length=1_000)]
    method: Literal["haircut", "poison", "fifo"] = "haircut"


class PathRequest(Wire):
    """Two addresses between which value may have passed."""

    source: HexAddress
    target: HexAddress


class Request(Rows):
    """Transfers, or an address whose neighbourhood is read from the store."""

    transfers: Annotated[Transfers, RowsOf(Transfer, MAX_TRANSFERS)] | None = None
    address: HexAddress | None = None
    depth: Annotated[int, Field(ge=1, le=4)] = 1
    """How many payments away from the address."""
    from_: Annotated[Millis | None, Field(alias="from")] = None
    """Only payments at or after this time (from the store)."""
    to: Millis | None = None
    """Only payments before this time (from the store)."""
    format: Literal["json", "graphml", "gexf"] = "json"
    """With graphml and gexf, `document` is the file's text."""
    taint: TaintRequest | None = None
    paths: Annotated[list[PathRequest], Field(max_length=20)] | None = None
    picture: bool = False
    """Whether to draw it (up to 400 nodes)."""


class Result(Rows):
    """The graph with its measures."""

    nodes: list[NodeRow]
    edges: list[EdgeRow]
    communities: list[Community]
    taint: list[TaintRow]
    """The addresses that tainted value reached, the most tainted first."""
    paths: list[PathFound]
    betweenness: Literal["exact", "sampled"]
    """Exact up to 1,000 nodes at least; above, from the paths that begin at 64 nodes."""
    truncated: bool
    """Whether the store holds more of the neighbourhood than was read."""
    document: str | None
    picture: str | None
    """SVG."""


def load() -> None:
    """Import what the measures need."""
    import rustworkx  # noqa: F401 # warms the process
    import sknetwork.clustering  # noqa: F401 # warms the process

    import models.blockchain.graphs.metrics  # noqa: F401 # warms the process


_A, _B, _C = ("0x" + digit * 40 for digit in "abc")


@operation(
    queue="blockchain",
    method="GET",
    long=False,
    time_limit=60,
    batch_size=8,
    max_bytes=20_000_000,
    load=load,
    examples=[
        {
            "transfers": [
                {"from": _A, "to": _B, "value": "1000"},
                {"from": _B, "to": _C, "value": "400"},
                {"from": _C, "to": _A, "value": "300"},
            ]
        }
    ],
)
def transaction_graph(requests: list[Request], context: Context = INERT) -> list[Result | SobaError]:
    """Measure the graph of transfers: degrees, flows, PageRank, betweenness, components, communities.

    Asked for, also the spread of taint from given addresses, shortest value paths, GraphML or GEXF, and a picture.
    """
    return one_by_one(requests, lambda request: _measured(request, context))


def _measured(request: Request, context: Context) -> Result:
    from models.blockchain.graphs.build import build

    transfers, truncated = _transfers(request)
    context.progress(0, 3, "build", f"{len(transfers)} transfers")
    graph = build(transfers)
    if request.picture:
        _check_size(graph)
    return _result(request, graph, truncated, context)


def _check_size(graph: Graph) -> None:
    from models.blockchain.graphs.picture import MAX_NODES

    if graph.size > MAX_NODES:
        raise InvalidInput.at("picture", f"the graph has {graph.size} nodes; at most {MAX_NODES} are drawn")


def _transfers(request: Request) -> tuple[Transfers, bool]:
    """The transfers of the request, or those around its address, and whether there were more."""
    from storage.neighbourhood import neighbourhood

    if request.transfers is not None and request.address is None:
        return request.transfers, False
    if request.address is None or request.transfers is not None:
        raise InvalidInput.at("transfers", "give either transfers or address")
    found = neighbourhood(resources().store, request.address, request.depth, (request.from_, request.to))
    return Transfers.of([Payment(*row) for row in found.payments]), found.truncated


def _result(request: Request, graph: Graph, truncated: bool, context: Context) -> Result:
    from models.blockchain.graphs import metrics
    from models.blockchain.graphs.document import document
    from models.blockchain.graphs.picture import picture
    from models.blockchain.graphs.report import community_rows, edge_rows, node_rows

    rank, component, community = metrics.page_rank(graph), metrics.components(graph), metrics.communities(graph)
    context.progress(1, 3, "betweenness", f"{graph.size} nodes")
    between, exact = metrics.betweenness(graph)
    context.progress(2, 3, "answer")
    edges = edge_rows(graph)
    nodes = node_rows(graph, (rank, between), (component, community))
    return Result.model_construct(
        nodes=nodes,
        edges=edges,
        communities=community_rows(component, community),
        taint=_taint(request, graph),
        paths=_paths(request, graph),
        betweenness="exact" if exact else "sampled",
        truncated=truncated,
        document=None if request.format == "json" else document(nodes, edges, request.format),
        picture=picture(graph, rank, community) if request.picture else None,
    )


def _taint(request: Request, graph: Graph) -> list[TaintRow]:
    from models.blockchain.graphs.taint import TooFragmented, taint

    if request.taint is None:
        return []
    try:
        found = taint(graph.transfers, request.taint.seeds, request.taint.method)
    except TooFragmented as fault:
        raise InvalidInput.at("taint.method", f"{fault}; haircut needs none") from None
    return [
        TaintRow(
            address=row.address,
            token=row.token,
            received=str(row.received),
            tainted=str(row.tainted),
            share=row.tainted / row.received,
            held=str(row.held),
        )
        for row in found
    ]


def _paths(request: Request, graph: Graph) -> list[PathFound]:
    from models.blockchain.graphs.paths import shortest

    found = []
    for ends in request.paths or ():
        path, value = shortest(graph, ends.source, ends.target) or ([], 0)
        hops = len(path) - 1 if path else None
        found.append(PathFound(source=ends.source, target=ends.target, hops=hops, path=path, value=str(value)))
    return found
