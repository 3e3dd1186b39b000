"""Everything that was extracted from one block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from models.blockchain.mev.actors import routers_of
from models.blockchain.mev.arbitrages import Arbitrage, arbitrages_of
from models.blockchain.mev.events import Block, Liquidation, Transaction
from models.blockchain.mev.jit import JustInTime, just_in_time
from models.blockchain.mev.protocols import ORDER_BOOKS
from models.blockchain.mev.sandwiches import Sandwich, sandwiches_of


class BackRun(NamedTuple):
    """An arbitrage that trades a pool back right after someone else moved it."""

    transaction: Transaction
    target: Transaction
    pool: str


@dataclass(frozen=True)
class Report:
    """The findings in a block; `reverted` are arbitrages that were tried and failed."""

    block: Block
    sandwiches: list[Sandwich]
    arbitrages: list[Arbitrage]
    reverted: list[Arbitrage]
    liquidations: list[tuple[Transaction, Liquidation]]
    jit: list[JustInTime]
    backruns: list[BackRun]

    def extractors(self) -> list[Transaction]:
        """The transactions of those who extracted, in the order of the block."""
        found = [t for s in self.sandwiches for t in (s.frontrun, s.backrun)]
        found += [a.transaction for a in (*self.arbitrages, *self.reverted)]
        found += [transaction for transaction, _ in self.liquidations]
        found += [t for j in self.jit for t in (j.mint, j.burn)]
        return sorted({t.hash: t for t in found}.values(), key=lambda t: t.index)


def inspect(block: Block) -> Report:
    """Look for sandwiches, arbitrages, liquidations, just-in-time liquidity and back-runs."""
    done = [transaction for transaction in block.transactions if not transaction.failed]
    routers = routers_of(done)
    cycles = {t.hash: arbitrages_of(t, routers) for t in block.transactions if t.swaps}
    arbitrages = [found for t in done for found in cycles.get(t.hash, ())]
    return Report(
        block,
        sandwiches_of(done, routers),
        arbitrages,
        [found for t in block.transactions if t.failed for found in cycles.get(t.hash, ())],
        [(transaction, loan) for transaction in done for loan in transaction.liquidations],
        just_in_time(done),
        back_runs(done, arbitrages),
    )


def back_runs(transactions: Sequence[Transaction], arbitrages: Sequence[Arbitrage]) -> list[BackRun]:
    """For each arbitrage, the last trade by another account that its own trade in the same pool turned back."""
    last: dict[tuple[str, str], Transaction] = {}
    cycles = {arbitrage.transaction.hash: arbitrage for arbitrage in arbitrages}
    found = []
    for transaction in transactions:
        targets = [
            BackRun(transaction, target, swap.pool)
            for swap in (cycles[transaction.hash].path if transaction.hash in cycles else ())
            if swap.protocol not in ORDER_BOOKS
            and (target := last.get((swap.pool, swap.token_out)))
            and target.sender != transaction.sender
        ]
        if targets:
            found.append(max(targets, key=lambda back_run: back_run.target.index))
        for swap in transaction.swaps:
            last[swap.pool, swap.token_in] = transaction
    return found
