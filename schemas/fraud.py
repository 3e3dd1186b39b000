"""What fraud operations are told about wallets and pools."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Annotated

from pydantic import AfterValidator, Field

from schemas.base import Wire
from schemas.primitives import Address, Hash32, Millis, Wei

Amount = Annotated[float, Field(ge=0)]
"""A count or a sum that cannot be below 0; 5 and 5.0 are the same."""
TokenName = Annotated[str, Field(max_length=400)]
Share = Annotated[float, Field(ge=0, le=1)]


def _ip(text: str) -> str:
    try:
        return ip_address(text).compressed
    except ValueError:
        raise ValueError("expected an IPv4 or IPv6 address") from None


IpAddress = Annotated[str, Field(max_length=45), AfterValidator(_ip)]


class WalletActivity(Wire):
    """Measured activity of one address; every field may be absent or null, which means unknown.

    For the ERC-20 fields absent, null and 0 mean the same: no token activity was seen.
    """

    avg_minutes_between_sent: Amount | None = None
    """Mean minutes between transactions sent."""
    avg_minutes_between_received: Amount | None = None
    """Mean minutes between transactions received."""
    active_minutes: Amount | None = None
    """Minutes between the first and the last transaction."""
    sent_count: Amount | None = None
    """Transactions sent."""
    received_count: Amount | None = None
    """Transactions received."""
    created_contracts: Amount | None = None
    """Contracts created."""
    unique_senders: Amount | None = None
    """Distinct addresses received from."""
    unique_recipients: Amount | None = None
    """Distinct addresses sent to."""
    min_received_eth: Amount | None = None
    """Least Ether received at once."""
    max_received_eth: Amount | None = None
    """Most Ether received at once."""
    avg_received_eth: Amount | None = None
    """Mean Ether received."""
    min_sent_eth: Amount | None = None
    """Least Ether sent at once."""
    max_sent_eth: Amount | None = None
    """Most Ether sent at once."""
    avg_sent_eth: Amount | None = None
    """Mean Ether sent."""
    min_sent_to_contract_eth: Amount | None = None
    """Least Ether sent to a contract at once."""
    max_sent_to_contract_eth: Amount | None = None
    """Most Ether sent to a contract at once."""
    avg_sent_to_contract_eth: Amount | None = None
    """Mean Ether sent to contracts."""
    total_transactions: Amount | None = None
    """Transactions sent and received, those that create contracts included."""
    total_sent_eth: Amount | None = None
    """Ether sent in all."""
    total_received_eth: Amount | None = None
    """Ether received in all."""
    total_sent_to_contracts_eth: Amount | None = None
    """Ether sent to contracts in all."""
    balance_eth: float | None = None
    """Ether received less Ether sent; may be below 0 where blocks are missing."""
    erc20_transactions: Amount | None = None
    """Token transfers, in and out."""
    erc20_total_received: Amount | None = None
    """Token units received in all."""
    erc20_total_sent: Amount | None = None
    """Token units sent in all."""
    erc20_total_sent_to_contracts: Amount | None = None
    """Token units sent to contracts in all."""
    erc20_unique_recipients: Amount | None = None
    """Distinct addresses that tokens went to."""
    erc20_unique_senders: Amount | None = None
    """Distinct addresses that tokens came from."""
    erc20_unique_recipient_contracts: Amount | None = None
    """Distinct contracts that tokens went to."""
    erc20_unique_sender_contracts: Amount | None = None
    """Distinct contracts that tokens came from."""
    erc20_min_received: Amount | None = None
    """Least token units received at once."""
    erc20_max_received: Amount | None = None
    """Most token units received at once."""
    erc20_avg_received: Amount | None = None
    """Mean token units received."""
    erc20_min_sent: Amount | None = None
    """Least token units sent at once."""
    erc20_max_sent: Amount | None = None
    """Most token units sent at once."""
    erc20_avg_sent: Amount | None = None
    """Mean token units sent."""
    erc20_unique_sent_tokens: Amount | None = None
    """Distinct tokens sent."""
    erc20_unique_received_tokens: Amount | None = None
    """Distinct tokens received."""
    erc20_most_sent_token: TokenName | None = None
    """Name of the token sent most often; kept for the record, read by no model."""
    erc20_most_received_token: TokenName | None = None
    """Name of the token received most often; kept for the record, read by no model."""


class PoolFeatures(Wire):
    """Measured behaviour of one liquidity pool and of its creator; every field may be absent or null: unknown."""

    mint_count_per_week: Amount | None = None
    """Liquidity additions a week."""
    burn_count_per_week: Amount | None = None
    """Liquidity removals a week."""
    mint_ratio: Amount | None = None
    """Share of additions among the pool's events, 0 to 1."""
    swap_ratio: Amount | None = None
    """Share of swaps among the pool's events, 0 to 1."""
    burn_ratio: Amount | None = None
    """Share of removals among the pool's events, 0 to 1."""
    mint_mean_period: Amount | None = None
    """Mean place of the additions within the pool's life, 0 (its start) to 1."""
    swap_mean_period: Amount | None = None
    """Mean place of the swaps within the pool's life, 0 to 1."""
    burn_mean_period: Amount | None = None
    """Mean place of the removals within the pool's life, 0 to 1."""
    swap_in_per_week: Amount | None = None
    """Purchases of the token a week."""
    swap_out_per_week: Amount | None = None
    """Sales of the token a week."""
    swap_rate: Amount | None = None
    """Purchases for each sale."""
    lp_avg: Amount | None = None
    """Mean share of the liquidity tokens that a holder has, percent."""
    lp_std: Amount | None = None
    """Standard deviation of those shares, percent."""
    lp_creator_holding_ratio: float | None = None
    """Share of the liquidity tokens that the creator holds; measurement may leave it slightly outside 0 to 1."""
    lp_lock_ratio: float | None = None
    """Share of the liquidity tokens that is locked or burnt; may be measured slightly outside 0 to 1."""
    token_burn_ratio: Amount | None = None
    """Share of the token's supply that was burnt."""
    token_creator_holding_ratio: float | None = None
    """Share of the token's supply that the creator holds; may be measured outside 0 to 1."""
    number_of_token_creation_of_creator: Amount | None = None
    """Tokens that this creator has made."""


class Approval(Wire):
    """A right to move tokens that the transaction hands out."""

    spender: Address
    token: Address | None = None
    amount: Wei | None = None
    """Raw units; 2**255 and more count as unlimited."""


class Transaction(Wire):
    """One transaction, before or after it is mined; what is not given is unknown and fires no rule."""

    hash: Hash32 | None = None
    """Counted once in the velocity windows however often it is assessed."""
    sender: Address | None = Field(None, alias="from")
    recipient: Address | None = Field(None, alias="to")
    """Null for a contract creation."""
    value: Wei | None = None
    """Ether, in wei."""
    token: Address | None = None
    token_amount: Wei | None = None
    """Raw units of `token`."""
    token_supply: Wei | None = None
    """All units of `token` there are."""
    amount_usd: Amount | None = None
    gas_price: Wei | None = None
    """Wei per unit of gas; the highest that is offered where the transaction has a cap."""
    base_fee_per_gas: Wei | None = None
    """Of the block that it is in, or of the latest one."""
    gas_limit: Amount | None = None
    timestamp: Millis | None = None
    """When it was sent; now where absent."""
    ip: IpAddress | None = None
    """Of the user who sent it; kept as a hash only."""
    method: str | None = Field(None, max_length=100)
    """Selector or name of the function called."""
    approvals: list[Approval] = Field(default_factory=list, max_length=200)
    price_impact: Share | None = None
    """Share by which the trade moves the pool's price."""
    slippage: Share | None = None
    """Share by which the price may worsen before the trade reverts."""
    private: bool = False
    """Whether it is sent past the public mempool."""
    known_counterparties: list[Address] = Field(default_factory=list, max_length=2000)
    """Addresses that the sender has dealt with before."""
    sender_age_minutes: Amount | None = None
    """Since the sender's first transaction."""


class Wallet(Wire):
    """The address that a decision is about, and what is known of it."""

    address: Address
    activity: WalletActivity | None = None
    """Where it is absent or empty, no model answers."""


class Pool(Wire):
    """The pool that a decision is about, and what is known of it."""

    address: Address | None = None
    features: PoolFeatures | None = None
    """Where it is absent or empty, no model answers."""


class Thresholds(Wire):
    """Scores from which the answer is no longer allow; those not given come from the settings."""

    review: Share | None = None
    block: Share | None = None
