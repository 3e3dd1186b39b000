"""What someone privileged can do to the holders of a token: one type for bytecode and source.

The three powers follow Lin, Chen et al., "CRPWarner: Warning the Risk of Contract-related Rug Pull in DeFi Smart
Contracts", IEEE TSE 2024: hidden mint, leaking token and limiting sell order.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class TokenPowers:
    """Each power with its evidence; what a token cannot have stays empty."""

    standard: str
    mint: list[str] = field(default_factory=list)
    drain: list[str] = field(default_factory=list)
    limit: list[str] = field(default_factory=list)
    fees: list[str] = field(default_factory=list)
    """Where a privileged caller changes what a transfer costs."""
    features: set[str] = field(default_factory=set)
    """How transfers are limited: blacklist, pause, trading_switch (opened once), amount_limit, cooldown, unbounded_fee,
    external_check, owner_only (some are open to someone in charge alone). Besides: hidden_owner (callers are compared
    with an address in the code), privileged_transfer (someone privileged has a way of his own to move tokens, be it his
    own ones)."""

    @property
    def powers(self) -> list[str]:
        """Keys of scoring.POWER_WEIGHT."""
        named = {"mintable": self.mint, "owner_can_drain": self.drain, "transfers_limited": self.limit}
        return [name for name, evidence in named.items() if evidence]


def with_pool(token: TokenPowers | None, pool: TokenPowers | None) -> TokenPowers | None:
    """The powers over a token, with those over the pool that it, or its text, is too."""
    if token and pool:
        token.drain.extend(pool.drain)
    return token or pool
