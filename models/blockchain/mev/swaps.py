"""Swaps, read from the calls of a transaction."""

from __future__ import annotations

from collections.abc import Sequence

from models.blockchain.mev.abi import Truncated, selector
from models.blockchain.mev.calls import Call
from models.blockchain.mev.decoders import Books
from models.blockchain.mev.events import Swap
from models.blockchain.mev.flows import Ledger
from models.blockchain.mev.protocols import DECODERS

_SETTLING = frozenset(map(selector, ("mint(address)", "burn(address)", "skim(address)", "sync()")))
"""Calls after which a Uniswap v2 pair has accounted for its balances."""
SELECTORS = frozenset({*DECODERS, *_SETTLING})
"""The calls that are looked at."""


def swaps_of(calls: Sequence[Call], ledger: Ledger, transaction: int) -> list[Swap]:
    """The swaps of one transaction in the order of execution.

    A swap inside another one that the outer pool itself asked for is part of the outer one and left out.
    """
    books, found = Books(ledger), list[Swap]()
    spans: list[tuple[str, int]] = []
    for call in calls:
        if call.selector in _SETTLING:
            books.settled[call.to] = call.end
        row = DECODERS.get(call.selector)
        if row is None or any(end > call.order and pool == call.sender for pool, end in spans):
            continue
        protocol, decode = row
        try:
            decoded = decode(call, books)
        except Truncated:
            continue
        if decoded and decoded[1].amount_in > 0 and decoded[1].amount_out > 0:
            spans = [(pool, end) for pool, end in spans if end > call.order] + [(call.to, call.end)]
            found.append(Swap(transaction, call.path, call.to, protocol, call.sender, decoded[0], *decoded[1]))
    return found
