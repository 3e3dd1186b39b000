"""Sandwiches: someone trades before and after others in the same pool, and they pay for it.

See Daian et al., "Flash Boys 2.0" (2019), and Qin et al., "Quantifying Blockchain Extractable Value" (2021).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from models.blockchain.mev.actors import actors
from models.blockchain.mev.events import Swap, Transaction
from models.blockchain.mev.protocols import ORDER_BOOKS

MAX_BETWEEN = 500
"""Trades in the pool after the front-run among which the back-run is looked for."""


class Sandwich(NamedTuple):
    """Front-run, victims and back-run are transactions; the profit is what was realised (see `profit`)."""

    pool: str
    attacker: str
    frontrun: Transaction
    backrun: Transaction
    victims: list[Transaction]
    profit_token: str
    profit_amount: int
    bought: int
    sold: int


class _Trade(NamedTuple):
    transaction: Transaction
    swap: Swap
    actors: frozenset[str]


def sandwiches_of(transactions: Sequence[Transaction], routers: frozenset[str]) -> list[Sandwich]:
    """Sandwiches of a block whose transactions are in order; a transaction is the front of one a pool at most."""
    pools: dict[str, list[_Trade]] = defaultdict(list)
    for transaction in transactions:
        for swap in transaction.swaps:
            if swap.protocol not in ORDER_BOOKS and not transaction.failed:
                pools[swap.pool].append(_Trade(transaction, swap, actors(transaction, swap, routers)))
    return [found for trades in pools.values() for found in _in_pool(trades)]


def _in_pool(trades: Sequence[_Trade]) -> list[Sandwich]:
    found: list[Sandwich] = []
    backs: set[Swap] = set()
    for position, front in enumerate(trades):
        if front.swap in backs:
            continue
        made = _starting_with(front, trades[position + 1 : position + 1 + MAX_BETWEEN])
        if made:
            backs.add(made[1])
            found.append(made[0])
    return found


def _starting_with(front: _Trade, later: Sequence[_Trade]) -> tuple[Sandwich, Swap] | None:
    """The first trade back by the same actor after at least one other trade in the direction of the front."""
    victims: dict[str, Transaction] = {}
    for trade in later:
        same = front.actors & trade.actors
        direction = (trade.swap.token_in, trade.swap.token_out)
        if trade.transaction is front.transaction:
            continue
        if direction == (front.swap.token_in, front.swap.token_out):
            if not same:
                victims[trade.transaction.hash] = trade.transaction
        elif same and victims and direction == (front.swap.token_out, front.swap.token_in):
            victims.pop(trade.transaction.hash, None)
            return _made(front, trade, same, list(victims.values())), trade.swap
    return None


def _made(front: _Trade, back: _Trade, same: frozenset[str], victims: list[Transaction]) -> Sandwich:
    contracts = sorted(same - {front.transaction.sender, back.transaction.sender})
    called = front.transaction.to if front.transaction.to in contracts else None
    return Sandwich(
        front.swap.pool,
        called or (contracts[0] if contracts else front.transaction.sender),
        front.transaction,
        back.transaction,
        victims,
        front.swap.token_in,
        _earned(front, back),
        front.swap.amount_out,
        back.swap.amount_in,
    )


def _earned(front: _Trade, back: _Trade) -> int:
    """The profit in this pool; where the front passed on what it bought here, nothing of it was left to be sold."""
    bought = front.swap.token_out
    passed_on = any(swap.token_in == bought for swap in front.transaction.swaps)
    return back.swap.amount_out - front.swap.amount_in if passed_on else profit(front.swap, back.swap)


def profit(front: Swap, back: Swap) -> int:
    """What the round trip earned, in the front's input token, before gas.

    Where more was sold than bought, or less, only the part that was both bought and sold counts, at the price of its
    own trade: revenue is rounded down and cost up.
    """
    bought, sold = front.amount_out, back.amount_in
    if sold > bought:
        return back.amount_out * bought // sold - front.amount_in
    return back.amount_out - -(-front.amount_in * sold // bought)
