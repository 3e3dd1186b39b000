"""blockchain.analyze-wallet-cluster: which wallets one party runs."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from foundation.errors import SobaError
from schemas.base import Rows
from schemas.block import HexAddress
from schemas.clusters import ClusterRow, RingRow, WalletRow
from schemas.transfers import Activity, RowsOf, Transfers
from tasks.batch import one_by_one
from tasks.context import INERT, Context
from tasks.operation import operation
from tasks.resources import resources

if TYPE_CHECKING:
    from models.blockchain.clusters.scorer import Scorer


class Request(Rows):
    """Transfers around the wallets, and the wallets to judge."""

    transfers: Annotated[Transfers, RowsOf(Activity, 500_000)]
    wallets: Annotated[list[HexAddress], Field(max_length=200_000)] | None = None
    """Candidates; without them every address is one, save exchanges and contracts by their many partners."""


class Result(Rows):
    """Clusters, and one verdict for each wallet that was asked for."""

    clusters: list[ClusterRow]
    """The largest first; their ids count from 0."""
    wallets: list[WalletRow]
    rings: list[RingRow]
    threshold: float
    """The score from which a wallet counts as Sybil."""


def _scorer() -> Scorer:
    from models.blockchain.clusters.scorer import NAME, Scorer

    return resources().registry.load(NAME, Scorer.load)


_FUNDER = "0x" + "f" * 40
_WALLETS = [f"0x{i:040x}" for i in range(1, 10)]


@operation(
    queue="blockchain",
    time_limit=120,
    batch_size=4,
    max_bytes=20_000_000,
    load=_scorer,
    examples=[
        {
            "transfers": [
                *({"from": _FUNDER, "to": wallet, "count": 2, "value": "50000000000000000"} for wallet in _WALLETS),
                *({"from": a, "to": b, "count": 3} for a, b in pairwise(_WALLETS)),
            ],
            "wallets": _WALLETS,
        }
    ],
)
def analyze_wallet_cluster(requests: list[Request], context: Context = INERT) -> list[Result | SobaError]:
    """Find wallets that one party runs, by common funding and collection, chains, timing and likeness.

    Each verdict comes with evidence that a person can check; one transfer is never enough. Rings of wash trading are
    found beside.
    """
    return one_by_one(requests, lambda request: _analyzed(request, context))


def _analyzed(request: Request, context: Context) -> Result:
    from models.blockchain.clusters.analyze import analyze, details_of
    from models.blockchain.clusters.links import all_but_hubs, link
    from models.blockchain.clusters.report import cluster_rows, ring_rows, wallet_rows
    from models.blockchain.clusters.rings import rings

    rows, asked = request.transfers, request.wallets
    context.progress(0, 4, "read", f"{len(rows)} transfers")
    links, link_of = link(rows.senders, rows.recipients, rows.counts, asked or [])
    if asked is None:
        links = all_but_hubs(links)
    scorer, details = _scorer(), details_of(links, link_of, rows.times, rows.values)
    found = analyze(links, details, scorer, candidates=asked is not None, progress=context.progress)
    context.progress(3, 4, "rings")
    names = [name for name, judged in zip(links.names, links.wallets.tolist(), strict=True) if judged]
    return Result.model_construct(
        clusters=cluster_rows(links, names, found),
        wallets=wallet_rows(names, found, asked),
        rings=ring_rows(rings(rows)),
        threshold=scorer.threshold,
    )
