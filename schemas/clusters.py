"""Clusters of wallets and the verdicts on them as they go over the wire: rows as JSON has them, for there are many."""

from __future__ import annotations

from typing_extensions import TypedDict

from schemas.graph import AmountText


class EvidenceRow(TypedDict):
    """One reason that a person can check."""

    code: str
    """COMMON_FUNDING, COMMON_COLLECTION, CHAIN, DENSE_LINKS, SIMILAR_BEHAVIOUR, SYNCHRONY or EQUAL_AMOUNTS."""
    weight: float
    """How heavy it is, in log-odds."""
    message: str
    addresses: list[str]
    """Up to 21 addresses to look at, the common one first."""


class ClusterRow(TypedDict):
    """Wallets that are linked by their own transfers, or by addresses that deal mostly with them."""

    id: int
    wallets: list[str]
    connectors: list[str]
    """Addresses outside the candidates that deal mostly with them."""
    evidence: list[EvidenceRow]
    score: float
    """The mean of its wallets' scores."""


class ReasonRow(TypedDict):
    """Why a wallet has its verdict."""

    code: str
    message: str


class WalletRow(TypedDict):
    """The verdict on one wallet."""

    address: str
    cluster: int | None
    sybilScore: float
    """Calibrated probability that the wallet is one of many of one party."""
    sybil: bool
    reasons: list[ReasonRow]


class RingRow(TypedDict):
    """Value that went round and left everyone with what they had: wash trading."""

    wallets: list[str]
    token: str | None
    volume: AmountText
    transfers: int
    change: AmountText
    """The most that any of them gained or lost."""
