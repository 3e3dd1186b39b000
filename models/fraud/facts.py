"""What rules may ask about a request: every fact by name, and how it is found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from schemas.fraud import Pool, Transaction, Wallet

WEI = 1e18
GWEI = 1e9
UNLIMITED = 2**255
_ALIKE = 4  # hex digits at either end: what wallets show, and what poisoners grind for

TRANSACTION_FACTS = {
    "value_eth": "Ether sent",
    "amount_usd": "US dollars moved",
    "token_amount": "raw token units moved",
    "share_of_supply": "token units moved for each unit there is",
    "moves_nothing": "whether neither Ether nor tokens move",
    "to_itself": "whether sender and recipient are the same",
    "is_contract_creation": "whether there is no recipient",
    "gas_price_gwei": "gas price offered",
    "gas_price_to_base_fee": "gas price for each unit of base fee",
    "gas_limit": "gas limit",
    "price_impact": "share by which the trade moves the price",
    "slippage": "share by which the price may worsen",
    "private": "whether it is sent past the public mempool",
    "sender_age_minutes": "minutes since the sender's first transaction",
    "approvals": "approvals handed out",
    "unlimited_approvals": "approvals handed out without a limit",
    "lookalike_of": "address dealt with before that the recipient imitates",
    "repaid_after_minutes": "minutes since the recipient last paid the sender",
}
PARTY_FACTS = {
    "listed": "names of the lists that a party is on",
    "recipient_listed": "names of the lists that the recipient is on",
    "listed_party": "first party that is on a list, with its role",
}


def known_facts(velocity: Iterable[str]) -> frozenset[str]:
    """Names of all facts; `velocity` are those that the windows give."""
    return frozenset({*TRANSACTION_FACTS, *PARTY_FACTS, *velocity})


def transaction_facts(transaction: Transaction) -> dict[str, Any]:
    """Known facts of a transaction by name; what cannot be known from what was given is left out."""
    t = transaction
    given: dict[str, Any] = {
        "value_eth": None if t.value is None else t.value / WEI,
        "amount_usd": t.amount_usd,
        "token_amount": None if t.token_amount is None else float(t.token_amount),
        "share_of_supply": t.token_amount / t.token_supply if t.token_amount is not None and t.token_supply else None,
        "moves_nothing": _moves_nothing(t),
        "to_itself": None if t.sender is None else t.sender == t.recipient,
        "is_contract_creation": t.recipient is None if "recipient" in t.model_fields_set else None,
        "gas_price_gwei": None if t.gas_price is None else t.gas_price / GWEI,
        "gas_price_to_base_fee": t.gas_price / t.base_fee_per_gas if t.gas_price and t.base_fee_per_gas else None,
        "gas_limit": t.gas_limit,
        "price_impact": t.price_impact,
        "slippage": t.slippage,
        "private": t.private,
        "sender_age_minutes": t.sender_age_minutes,
        "approvals": len(t.approvals) or None,
        "unlimited_approvals": sum((a.amount or 0) >= UNLIMITED for a in t.approvals) or None,
        "lookalike_of": lookalike(t.recipient, t.known_counterparties) if t.recipient else None,
    }
    return {name: value for name, value in given.items() if value is not None}


def _moves_nothing(transaction: Transaction) -> bool | None:
    amounts = [a for a in (transaction.value, transaction.token_amount) if a is not None]
    return not any(amounts) if amounts else None


def lookalike(address: str, known: Sequence[str]) -> str | None:
    """The known address that this one imitates: another one with the same four first and last digits."""
    if address in known:
        return None
    head, tail = address[2 : 2 + _ALIKE], address[-_ALIKE:]
    return next((other for other in known if other[2 : 2 + _ALIKE] == head and other[-_ALIKE:] == tail), None)


def parties(
    transaction: Transaction | None, wallet: Wallet | None, pool: Pool | None
) -> Iterator[tuple[str, str | None]]:
    """`(role, address)` of everyone whom a request names."""
    if wallet:
        yield "wallet", wallet.address
    if pool:
        yield "pool", pool.address
    if transaction:
        yield "sender", transaction.sender
        yield "recipient", transaction.recipient
        yield "token", transaction.token
        yield from (("spender", approval.spender) for approval in transaction.approvals)


def party_facts(named: Iterable[tuple[str, str | None]], lists: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """List hits of `(role, address)`; nothing where none is on a list."""
    hits = [(role, address, lists[address]) for role, address in named if address and address in lists]
    if not hits:
        return {}
    role, address, names = hits[0]
    return {
        "listed": sorted({name for hit in hits for name in hit[2]}),
        "recipient_listed": [name for hit in hits if hit[0] == "recipient" for name in hit[2]],
        "listed_party": f"{role} {address} ({', '.join(names)})",
    }


def request_facts(
    transaction: Transaction | None,
    wallet: Wallet | None,
    pool: Pool | None,
    lists: Mapping[str, tuple[str, ...]],
) -> dict[str, Any]:
    """All that is known of a request without its history."""
    facts = transaction_facts(transaction) if transaction else {}
    if transaction and wallet and wallet.activity and wallet.address == transaction.sender:
        age = wallet.activity.active_minutes
        facts |= {"sender_age_minutes": age} if age is not None and "sender_age_minutes" not in facts else {}
    return facts | party_facts(parties(transaction, wallet, pool), lists)
