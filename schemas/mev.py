"""What was extracted from a block, as it goes over the wire; transactions are named by their hash."""

from __future__ import annotations

from pydantic import ConfigDict, with_config
from pydantic.alias_generators import to_camel
from typing_extensions import TypedDict

from schemas.base import Wire
from schemas.block import Amount


@with_config(ConfigDict(alias_generator=to_camel))
class SwapFound(TypedDict):
    """One token given for another at a pool."""

    transaction_hash: str
    transaction_index: int
    trace_address: list[int]
    """Place of the call in its transaction; the index of the log where it was read from one."""
    pool: str
    protocol: str
    sender: str
    """Who called the pool."""
    recipient: str
    """Who got the tokens."""
    token_in: str
    amount_in: Amount
    token_out: str
    amount_out: Amount


class SandwichFound(Wire):
    """A trade before and a trade after others' trades in the same pool, by the same party."""

    pool: str
    attacker: str
    """The contract that trades, or the account where it went through a public router."""
    frontrun: str
    backrun: str
    victims: list[str]
    profit_token: str
    profit_amount: Amount
    """Realised on what was both bought and sold; negative for a loss."""
    bought: Amount
    sold: Amount
    net_ether: Amount | None
    """Wei after gas and payments to the miner; null where the profit is in another token."""


class ArbitrageFound(Wire):
    """Trades of one transaction that left every token where it was and one of them grown."""

    transaction: str
    profit_token: str
    profit_amount: Amount
    start_amount: Amount | None
    """What the cycle began with; null where several trades sold the profit token."""
    path: list[SwapFound]
    net_ether: Amount | None
    """Wei after gas and payments to the miner; null where the profit is in another token."""


class LiquidationFound(Wire):
    """A loan that a third party paid back for the borrower's collateral."""

    transaction: str
    liquidator: str
    borrower: str | None
    """Null where Compound v3 took over several loans before it sold their collateral."""
    debt_token: str
    debt_amount: Amount
    collateral_token: str
    """What the liquidator received: an aToken or cToken where one was handed over."""
    collateral_amount: Amount
    protocol: str


class JitFound(Wire):
    """Liquidity that was there for others' trades only."""

    provider: str
    pool: str
    mint_transaction: str
    burn_transaction: str
    victims: list[str]


class BackrunFound(Wire):
    """An arbitrage that turned back the price move of another's trade."""

    transaction: str
    target: str
    pool: str


class PaymentFound(Wire):
    """What a transaction that extracted something cost, in wei."""

    transaction: str
    gas_used: int
    gas_price: Amount
    gas_fee: Amount
    tip: Amount
    """The part of the fee above the base fee, which the miner keeps."""
    coinbase_transfer: Amount
    """Ether sent to the miner by the transaction itself."""


class Summary(Wire):
    """The block in figures."""

    number: int
    transactions: int
    failed: int
    swaps: int
    protocols: dict[str, int]
    """Swaps of each protocol."""
    sandwiches: int
    arbitrages: int
    reverted_arbitrages: int
    liquidations: int
    jit: int
    backruns: int
    profits: dict[str, Amount]
    """Sum of the profits of sandwiches and arbitrages by token."""
    gas_fees: Amount
    """Wei, of the transactions that extracted something."""
    miner_payments: Amount
    """Wei, tips and transfers of the same transactions."""
