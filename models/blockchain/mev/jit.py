"""Just-in-time liquidity: put in right before others' trades, taken out right after, for their fees."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from models.blockchain.mev.events import Liquidity, Transaction


class JustInTime(NamedTuple):
    """The provider of the liquidity, the transactions of the mint and of the burn, and those of the trades between."""

    provider: str
    pool: str
    mint: Transaction
    burn: Transaction
    victims: list[Transaction]


def just_in_time(transactions: Sequence[Transaction]) -> list[JustInTime]:
    """Each mint of a block with the provider's first burn of that position, where others traded in the pool between."""
    by_index = {transaction.index: transaction for transaction in transactions if not transaction.failed}
    traded: dict[str, list[Transaction]] = defaultdict(list)
    waiting: dict[tuple[str, str, str, tuple[str, ...]], Liquidity] = {}
    found: dict[tuple[int, int, str, str], JustInTime] = {}
    for transaction in by_index.values():
        for pool in {swap.pool for swap in transaction.swaps}:
            traded[pool].append(transaction)
        for change in transaction.liquidity:
            key = (change.pool, change.owner, change.provider, change.position)
            if change.added:
                waiting.setdefault(key, change)
                continue
            mint = waiting.pop(key, None)
            victims = _between(mint, change, by_index, traded) if mint else []
            if mint and victims:
                made = JustInTime(mint.provider, mint.pool, by_index[mint.transaction], transaction, victims)
                found.setdefault((mint.transaction, transaction.index, mint.pool, mint.provider), made)
    return list(found.values())


def _between(
    mint: Liquidity, burn: Liquidity, by_index: dict[int, Transaction], traded: dict[str, list[Transaction]]
) -> list[Transaction]:
    """Trades in the pool after the mint's transaction and before the burn's, by neither's account."""
    own = {by_index[mint.transaction].sender, by_index[burn.transaction].sender}
    return [
        trade
        for trade in traded[mint.pool]
        if mint.transaction < trade.index < burn.transaction and trade.sender not in own
    ]
