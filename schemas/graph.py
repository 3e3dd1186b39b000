"""The graph of transfers as it goes over the wire: many small rows, as plain dictionaries."""

from __future__ import annotations

from pydantic import ConfigDict, with_config
from pydantic.alias_generators import to_camel
from typing_extensions import TypedDict

from schemas.base import Wire
from schemas.block import Amount

_ROWS = ConfigDict(alias_generator=to_camel)


@with_config(_ROWS)
class NodeRow(TypedDict):
    """An address. Degrees count distinct neighbours, flows are in raw units over all tokens."""

    id: str
    in_degree: int
    out_degree: int
    in_flow: Amount
    out_flow: Amount
    flows: dict[str, list[Amount]]
    """What came in and what went out of each token that was named."""
    page_rank: float
    """Damping 0.85, parallel transfers merged, unweighted; sums to 1."""
    betweenness: float
    """Directed, unweighted, normalised."""
    component: int
    """Weakly connected component; 0 is the largest."""
    community: int
    """Louvain community; 0 is the largest."""


_EdgeEnds = TypedDict("_EdgeEnds", {"from": str, "to": str})


@with_config(_ROWS)
class EdgeRow(_EdgeEnds):
    """All payments from one address to another; `value` is over all tokens, `tokens` of each that was named."""

    count: int
    value: Amount
    tokens: dict[str, Amount]


class Community(Wire):
    """Addresses that trade more with each other than with the rest."""

    id: int
    size: int
    component: int


@with_config(_ROWS)
class TaintRow(TypedDict):
    """Tainted receipts of an address; `held` is what it had not passed on at the end."""

    address: str
    token: str | None
    received: Amount
    tainted: Amount
    share: float
    held: Amount


class PathFound(Wire):
    """The way with the fewest hops, then the most value; `hops` is null where there is none of up to 1,000."""

    source: str
    target: str
    hops: int | None
    path: list[str]
    value: Amount
    """The least that passed on any hop of the way."""
