"""What happens in a block, whatever it was decoded from: plain tuples, amounts as Python integers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from schemas.primitives import NATIVE_TOKEN

WRAPPED_NATIVE = frozenset(
    {
        "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2",  # WETH, Ethereum
        "0x4200000000000000000000000000000000000006",  # WETH, the OP Stack chains
        "0x82af49447d8a07e3bd95bd0d56f35241523fbab1",  # WETH, Arbitrum
        "0x0d500b1d8e8ef31e21c99d1db9a6444d3adf1270",  # WMATIC, Polygon
        "0xbb4cdb9cbd36b01bd1cbaebf2de08d9173bc095c",  # WBNB, BNB Smart Chain
        "0xb31f66aa3c1e785363f0875a1b74e27b85fd66c7",  # WAVAX, Avalanche
    }
)
"""Contracts that give one token for one wei, and back."""


def is_ether(token: str) -> bool:
    """Whether a unit of the token is a wei: the native coin or its wrapper."""
    return token == NATIVE_TOKEN or token in WRAPPED_NATIVE


class Transfer(NamedTuple):
    """A movement of a token or of ether.

    `order` is the place of its call (or log) among the transaction's, `end` the place after which it has happened:
    a token that trades on its own account while it is being transferred does so first.
    """

    order: int
    end: int
    token: str
    sender: str
    recipient: str
    amount: int


class Swap(NamedTuple):
    """An exchange of one token for another at a pool (or with a maker, where the protocol fills orders).

    `sender` called the pool, `recipient` got the tokens; `path` is the trace address of the call, or the log's index.
    """

    transaction: int
    path: tuple[int, ...]
    pool: str
    protocol: str
    sender: str
    recipient: str
    token_in: str
    amount_in: int
    token_out: str
    amount_out: int


class Liquidity(NamedTuple):
    """Liquidity put into a pool or taken out of it; `position` tells positions of one owner apart (ticks)."""

    transaction: int
    added: bool
    pool: str
    owner: str
    position: tuple[str, ...]
    provider: str
    """Who acts: the caller of the position manager where one holds the position, otherwise the owner."""


class Liquidation(NamedTuple):
    """A loan paid back by a third party; the collateral is what that party received (an aToken or cToken too)."""

    transaction: int
    liquidator: str
    borrower: str | None
    debt_token: str
    debt_amount: int
    collateral_token: str
    collateral_amount: int
    protocol: str


@dataclass(slots=True)
class Transaction:
    """One transaction with what was decoded from it; the events of a failed one are what it tried."""

    hash: str
    index: int
    sender: str
    to: str
    value: int = 0
    selector: str = "0x"
    failed: bool = False
    gas_used: int = 0
    gas_price: int = 0
    transfers: list[Transfer] = field(default_factory=list)
    swaps: list[Swap] = field(default_factory=list)
    liquidity: list[Liquidity] = field(default_factory=list)
    liquidations: list[Liquidation] = field(default_factory=list)


@dataclass(slots=True)
class Block:
    """A block's transactions in order; `miner` is empty where it is not known."""

    number: int
    miner: str
    base_fee: int
    transactions: list[Transaction]

    def __post_init__(self) -> None:
        self.transactions.sort(key=lambda transaction: transaction.index)
