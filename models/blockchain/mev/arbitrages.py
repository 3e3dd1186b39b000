"""Arbitrages: trades of one transaction after which every token is back where it began, and one has grown.

The test is the net flow over the swaps, so that the order, the number of pools and who calls them do not matter.
Ether and wrapped ether are one token here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from models.blockchain.mev.events import Swap, Transaction, Transfer, is_ether
from models.blockchain.mev.flows import net
from schemas.primitives import NATIVE_TOKEN

_MAX_CHAIN = 32
_MAX_SEARCHED = 128
"""Swaps of one transaction among which chains are looked for."""


class Arbitrage(NamedTuple):
    """`start_amount` is None where the trades form no single chain; `path` is the swaps in order."""

    transaction: Transaction
    profit_token: str
    profit_amount: int
    start_amount: int | None
    path: list[Swap]


def arbitrages_of(transaction: Transaction, routers: frozenset[str]) -> list[Arbitrage]:
    """Closed cycles of a transaction: over all its swaps, or of chains among them.

    What the decoders leave open may be closed by pools that no decoder knows (`unknown_swaps`); then the account or
    the contract behind the transaction must really have gained, and be no router that settles for others.
    """
    closed = _closed(transaction, transaction.swaps)
    if closed:
        return [closed]
    found, rest = _chains(transaction, transaction.swaps)
    if transaction.liquidations or transaction.to in routers:
        return found
    with_unknown = sorted([*rest, *unknown_swaps(transaction)], key=lambda swap: swap.path)
    if len(with_unknown) > len(rest):
        hidden = _closed(transaction, with_unknown)
        if hidden and _gained(transaction, hidden.profit_token):
            found.append(hidden)
    return found


def _unit(token: str) -> str:
    return NATIVE_TOKEN if is_ether(token) else token


def _flows(swaps: Iterable[Swap]) -> dict[str, int]:
    """What the trader gained of each token."""
    flows: dict[str, int] = defaultdict(int)
    for swap in swaps:
        flows[_unit(swap.token_in)] -= swap.amount_in
        flows[_unit(swap.token_out)] += swap.amount_out
    return {token: amount for token, amount in flows.items() if amount}


def _closed(transaction: Transaction, swaps: Sequence[Swap]) -> Arbitrage | None:
    """The arbitrage of these swaps, where nothing was lost and something was gained.

    The profit is told in a token that was also spent, and only where all of it was sold for another, in that one.
    """
    flows = _flows(swaps)
    if len(swaps) < 2 or not flows or min(flows.values()) < 0:
        return None
    start = next((swap for swap in swaps if _unit(swap.token_in) in flows), None)
    if start is None:
        gained = next(swap.token_out for swap in swaps if _unit(swap.token_out) in flows)
        return Arbitrage(transaction, gained, flows[_unit(gained)], None, list(swaps))
    token = _unit(start.token_in)
    entries = [swap for swap in swaps if _unit(swap.token_in) == token]
    amount = start.amount_in if len(entries) == 1 else None
    return Arbitrage(transaction, start.token_in, flows[token], amount, list(swaps))


def _chains(transaction: Transaction, swaps: Sequence[Swap]) -> tuple[list[Arbitrage], list[Swap]]:
    """Closed chains in which each swap spends what the one before it brought, and the swaps left over."""
    found: list[Arbitrage] = []
    rest = list(swaps)
    for start in swaps[:_MAX_SEARCHED]:
        if start not in rest:
            continue
        chain = _chain(start, rest[:_MAX_SEARCHED])
        if chain and chain[-1].amount_out > start.amount_in:
            gain = chain[-1].amount_out - start.amount_in
            found.append(Arbitrage(transaction, start.token_in, gain, start.amount_in, chain))
            rest = [swap for swap in rest if swap not in chain]
    return found, rest


def _chain(start: Swap, swaps: Sequence[Swap]) -> list[Swap] | None:
    """From the start back to its token, each time by the swap that spends most nearly what the last one brought."""
    chain = [start]
    while _unit(chain[-1].token_out) != _unit(start.token_in):
        last = chain[-1]
        options = [
            swap
            for swap in swaps
            if swap not in chain and _unit(swap.token_in) == _unit(last.token_out) and swap.amount_in <= last.amount_out
        ]
        if not options or len(chain) == _MAX_CHAIN:
            return None
        following = max(options, key=lambda swap: swap.amount_in)
        if following.amount_in * 100 < last.amount_out * 99:
            return None
        chain.append(following)
    return chain if len(chain) > 1 else None


def unknown_swaps(transaction: Transaction) -> list[Swap]:
    """Swaps at pools that no decoder knows: addresses that gave one token for one other, as the transfers show.

    The account and the contract behind the transaction, tokens, and pools already decoded are none.
    """
    known = {transaction.sender, transaction.to} | {swap.pool for swap in transaction.swaps}
    known |= {transfer.token for transfer in transaction.transfers}
    found: list[Swap] = []
    first: dict[str, Transfer] = {}
    for transfer in transaction.transfers:
        first.setdefault(transfer.recipient, transfer)
    for pool, flows in net(transaction.transfers).items():
        if pool in known or len(flows) != 2 or pool not in first:
            continue
        (token_in, amount_in), (token_out, amount_out) = sorted(flows.items(), key=lambda item: -item[1])
        if amount_in > 0 > amount_out and _unit(token_in) != _unit(token_out):
            order, sender = first[pool].order, first[pool].sender
            legs = (token_in, amount_in, token_out, -amount_out)
            found.append(Swap(transaction.index, (order,), pool, "unknown", sender, sender, *legs))
    return found


def _gained(transaction: Transaction, token: str) -> bool:
    """Whether account and contract behind the transaction ended with more of the token and less of none."""
    balances = net(transaction.transfers)
    gains: dict[str, int] = defaultdict(int)
    for holder in {transaction.sender, transaction.to}:
        for held, amount in balances.get(holder, {}).items():
            gains[_unit(held)] += amount
    return gains[_unit(token)] > 0 and min(gains.values()) >= 0
