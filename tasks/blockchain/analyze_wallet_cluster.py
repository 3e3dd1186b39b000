"""blockchain.analyze-wallet-cluster: which wallets one party runs."""

from __future__ import annotations

from itertools import pairwise
from math import nan
from typing import TYPE_CHECKING, Annotated, cast

from pydantic import ConfigDict, Field, with_config
from pydantic.alias_generators import to_camel
from typing_extensions import TypedDict

from foundation.errors import InvalidInput, SobaError
from schemas.base import Wire
from schemas.block import Amount, HexAddress
from schemas.transfers import Activity, moment, whole
from tasks.context import INERT, Context
from tasks.operation import operation
from tasks.resources import resources

if TYPE_CHECKING:
    from models.blockchain.clusters.analyze import Verdicts
    from models.blockchain.clusters.links import Links
    from models.blockchain.clusters.rings import Move
    from models.blockchain.clusters.scorer import Scorer

_ROWS = ConfigDict(alias_generator=to_camel)


class Request(Wire):
    """Transfers around the wallets, and the wallets to judge."""

    transfers: Annotated[list[Activity], Field(max_length=500_000)]
    wallets: Annotated[list[HexAddress], Field(max_length=200_000)] | None = None
    """Candidates; without them every address is one, save exchanges and contracts by their many partners."""


@with_config(_ROWS)
class EvidenceRow(TypedDict):
    """One reason that a person can check."""

    code: str
    """COMMON_FUNDING, COMMON_COLLECTION, CHAIN, DENSE_LINKS, SIMILAR_BEHAVIOUR, SYNCHRONY or EQUAL_AMOUNTS."""
    weight: float
    """How heavy it is, in log-odds."""
    message: str
    addresses: list[str]
    """Up to 21 addresses to look at, the common one first."""


@with_config(_ROWS)
class ClusterRow(TypedDict):
    """Wallets that are linked by their own transfers, or by addresses that deal mostly with them."""

    id: int
    wallets: list[str]
    connectors: list[str]
    """Addresses outside the candidates that deal mostly with them."""
    evidence: list[EvidenceRow]
    score: float
    """The mean of its wallets' scores."""


@with_config(_ROWS)
class ReasonRow(TypedDict):
    """Why a wallet has its verdict."""

    code: str
    message: str


@with_config(_ROWS)
class WalletRow(TypedDict):
    """The verdict on one wallet."""

    address: str
    cluster: int | None
    sybil_score: float
    """Calibrated probability that the wallet is one of many of one party."""
    sybil: bool
    reasons: list[ReasonRow]


@with_config(_ROWS)
class RingRow(TypedDict):
    """Value that went round and left everyone with what they had: wash trading."""

    wallets: list[str]
    token: str | None
    volume: Amount
    transfers: int
    change: Amount
    """The most that any of them gained or lost."""


class Result(Wire):
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
    answers: list[Result | SobaError] = []
    for request in requests:
        try:
            answers.append(_analyzed(request, context))
        except InvalidInput as fault:
            answers.append(fault)
    return answers


def _analyzed(request: Request, context: Context) -> Result:
    from models.blockchain.clusters.analyze import analyze, details_of
    from models.blockchain.clusters.links import all_but_hubs, link
    from models.blockchain.clusters.rings import rings

    context.progress(0, 4, "read", f"{len(request.transfers)} transfers")
    rows, asked = request.transfers, request.wallets
    ends = [row["from"] for row in rows], [row["to"] for row in rows]
    links, link_of = link(*ends, [row.get("count", 1) for row in rows], asked or [])
    if asked is None:
        links = all_but_hubs(links)
    moves, times, amounts = _values(rows)
    scorer = _scorer()
    found = analyze(
        links,
        details_of(links, link_of, times, amounts),
        scorer,
        candidates=asked is not None,
        progress=context.progress,
    )
    context.progress(3, 4, "rings")
    names = [name for name, judged in zip(links.names, links.wallets.tolist(), strict=True) if judged]
    return Result.model_construct(
        clusters=_clusters(links, names, found),
        wallets=_wallets(names, found, asked),
        rings=[cast(RingRow, ring._asdict()) for ring in rings(moves)],
        threshold=scorer.threshold,
    )


def _values(rows: list[Activity]) -> tuple[list[Move], list[float], list[float]]:
    """The moves of value, and the time and amount of each transfer (NaN where it has none)."""
    from models.blockchain.clusters.rings import Move

    moves: list[Move] = []
    times, amounts = [nan] * len(rows), [nan] * len(rows)
    for place, row in enumerate(rows):
        if "timestamp" in row:
            times[place] = float(moment(row["timestamp"], f"transfers.{place}.timestamp"))
        if "value" in row:
            value = whole(row["value"], f"transfers.{place}.value")
            amounts[place] = float(value)
            moves.append(Move(row["from"], row["to"], value, row.get("token"), row.get("count", 1)))
    return moves, times, amounts


def _clusters(links: Links, names: list[str], found: Verdicts) -> list[ClusterRow]:
    return [
        ClusterRow(
            id=number,
            wallets=[names[place] for place in cluster.wallets.tolist()],
            connectors=[links.names[place] for place in cluster.connectors.tolist()],
            evidence=[cast(EvidenceRow, item._asdict()) for item in cluster.evidence],
            score=cluster.score,
        )
        for number, cluster in enumerate(found.clusters)
    ]


def _wallets(names: list[str], found: Verdicts, asked: list[str] | None) -> list[WalletRow]:
    """One row for each wallet asked for, in that order; the wallets of the clusters where none was."""
    rows = {
        name: WalletRow(
            address=name,
            cluster=cluster if cluster >= 0 else None,
            sybil_score=score,
            sybil=sybil,
            reasons=_reasons(found, cluster, name, enough),
        )
        for name, cluster, score, sybil, enough in zip(
            names, *(x.tolist() for x in (found.cluster_of, found.scores, found.sybil, found.supported)), strict=True
        )
        if asked is not None or cluster >= 0
    }
    return list(rows.values()) if asked is None else [rows[name] for name in asked]


def _reasons(found: Verdicts, cluster: int, name: str, enough: bool) -> list[ReasonRow]:
    if cluster < 0:
        return [ReasonRow(code="NO_CLUSTER", message="no link to other candidates or to addresses that deal with them")]
    group = found.clusters[cluster]
    reasons = [ReasonRow(code="CLUSTER", message=f"one of {len(group.wallets)} wallets linked by their transfers")]
    if not enough:
        reasons.append(ReasonRow(code="SINGLE_TRANSFER", message="linked to them by one transfer only: not enough"))
    return reasons + [ReasonRow(code=item.code, message=item.message) for item in group.evidence]
