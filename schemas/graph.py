"""The graph of transfers as it goes over the wire: rows as JSON has them, for there are many."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

AmountText = Annotated[str, Field(pattern=r"^[0-9]+$", description="raw units, a decimal string")]


class NodeRow(TypedDict):
    """An address. Degrees count distinct neighbours, flows are in raw units over all tokens."""

    id: str
    inDegree: int
    outDegree: int
    inFlow: AmountText
    outFlow: AmountText
    flows: dict[str, list[AmountText]]
    """What came in and what went out of each token that was named."""
    pageRank: float
    """Damping 0.85, parallel transfers merged, unweighted; sums to 1."""
    betweenness: float
    """Directed, unweighted, normalised."""
    component: int
    """Weakly connected component; 0 is the largest."""
    community: int
    """Louvain community; 0 is the largest."""


_EdgeEnds = TypedDict("_EdgeEnds", {"from": str, "to": str})


class EdgeRow(_EdgeEnds):
    """All payments from one address to another; `value` is over all tokens, `tokens` of each that was named."""

    count: int
    value: AmountText
    tokens: dict[str, AmountText]


class Community(TypedDict):
    """Addresses that trade more with each other than with the rest."""

    id: int
    size: int
    component: int


class TaintRow(TypedDict):
    """Tainted receipts of an address; `held` is what it had not passed on at the end."""

    address: str
    token: str | None
    received: AmountText
    tainted: AmountText
    share: float
    held: AmountText


class PathFound(TypedDict):
    """The way with the fewest hops, then the most value; `hops` is null where there is none of up to 1,000."""

    source: str
    target: str
    hops: int | None
    path: list[str]
    value: AmountText
    """The least that passed on any hop of the way."""
