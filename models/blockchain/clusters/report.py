"""Verdicts as the rows of an answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from models.blockchain.clusters.analyze import Found, Verdicts
from models.blockchain.clusters.links import Links
from models.blockchain.clusters.rings import Ring
from schemas.clusters import ClusterRow, ReasonRow, RingRow, WalletRow


def cluster_rows(links: Links, names: Sequence[str], found: Verdicts) -> list[ClusterRow]:
    """The rows of the clusters; `names` are those of the wallets."""
    return [
        {
            "id": number,
            "wallets": [names[place] for place in cluster.wallets.tolist()],
            "connectors": [links.names[place] for place in cluster.connectors.tolist()],
            "evidence": [
                {"code": code, "weight": weight, "message": message, "addresses": addresses}
                for code, weight, message, addresses in cluster.evidence
            ],
            "score": cluster.score,
        }
        for number, cluster in enumerate(found.clusters)
    ]


def wallet_rows(names: Sequence[str], found: Verdicts, asked: Sequence[str] | None) -> list[WalletRow]:
    """One row for each wallet asked for, in that order; the wallets of the clusters where none was."""
    columns = (found.cluster_of, found.scores, found.sybil, found.supported)
    shared = {enough: [_reasons(cluster, enough=enough) for cluster in found.clusters] for enough in (True, False)}
    rows: dict[str, WalletRow] = {
        name: {
            "address": name,
            "cluster": cluster if cluster >= 0 else None,
            "sybilScore": score,
            "sybil": sybil,
            "reasons": _ALONE if cluster < 0 else shared[enough][cluster],
        }
        for name, cluster, score, sybil, enough in zip(names, *(column.tolist() for column in columns), strict=True)
        if asked is not None or cluster >= 0
    }
    return list(rows.values()) if asked is None else [rows[name] for name in asked]


_ALONE: list[ReasonRow] = [
    {"code": "NO_CLUSTER", "message": "no link to other candidates or to addresses that deal with them"}
]


def _reasons(cluster: Found, *, enough: bool) -> list[ReasonRow]:
    """What is said of every wallet of the cluster that dealt with it in transfers enough, or in one."""
    reasons: list[ReasonRow] = [
        {"code": "CLUSTER", "message": f"one of {len(cluster.wallets)} wallets linked by their transfers"}
    ]
    if not enough:
        reasons.append({"code": "SINGLE_TRANSFER", "message": "linked to them by one transfer only: not enough"})
    return reasons + [{"code": item.code, "message": item.message} for item in cluster.evidence]


def ring_rows(rings: Iterable[Ring]) -> list[RingRow]:
    """The rows of the rings."""
    return [
        {
            "wallets": ring.wallets,
            "token": ring.token,
            "volume": str(ring.volume),
            "transfers": ring.transfers,
            "change": str(ring.change),
        }
        for ring in rings
    ]
