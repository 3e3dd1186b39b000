"""How events of liquidity and of loans are read."""

from __future__ import annotations

from collections.abc import Callable

from models.blockchain.mev.events import Liquidation, Liquidity
from models.blockchain.mev.logbook import Books, Log
from schemas.primitives import NATIVE_TOKEN


def liquidity(*, added: bool, concentrated: bool) -> Callable[[Log, Books], None]:
    def decode(log: Log, books: Books) -> None:
        read = books.transaction
        owner = log.indexed(1) if concentrated else read.sender
        ticks = tuple(log.topics[2:4]) if concentrated else ()
        if not concentrated or log.uint(1 if added else 0):  # a burn of nothing collects fees
            read.liquidity.append(Liquidity(read.index, added, log.contract, owner, ticks, owner))

    return decode


def managed(log: Log, books: Books) -> None:
    """A position manager speaks after the pool: it holds the position for the one who called it."""
    read = books.transaction
    if read.liquidity and read.liquidity[-1].owner == log.contract:
        caller = read.sender if read.to == log.contract else read.to
        read.liquidity[-1] = read.liquidity[-1]._replace(provider=caller)


def aave(liquidator: int) -> Callable[[Log, Books], None]:
    """Aave; where aTokens were handed over, the transfer of that amount to the liquidator names them.

    `liquidator` is the word of its address; the one after it says whether aTokens were asked for.
    """

    def decode(log: Log, books: Books) -> None:
        debt, paid, amount, who = log.indexed(2), log.uint(0), log.uint(1), log.address(liquidator)
        handed = [t.token for t in books.transaction.transfers if t.recipient == who and t.amount == amount]
        collateral = handed[-1] if log.uint(liquidator + 1) and handed else log.indexed(1)
        legs = (debt, paid, collateral, amount)
        books.transaction.liquidations.append(Liquidation(books.transaction.index, who, log.indexed(3), *legs, "aave"))

    return decode


def compound(log: Log, books: Books) -> None:
    """Compound v2; what the liquidator paid in no token was ether."""
    liquidator, borrower, repaid = log.address(0), log.address(1), log.uint(2)
    paid = [t.token for t in books.transaction.transfers if t.sender == liquidator and t.amount == repaid]
    parties = (books.transaction.index, liquidator, borrower)
    loan = Liquidation(*parties, paid[-1] if paid else NATIVE_TOKEN, repaid, log.address(3), log.uint(4), "compound_v2")
    books.transaction.liquidations.append(loan)


def comet(log: Log, books: Books) -> None:
    """Compound v3 sold collateral; its base token is what the buyer paid, and its borrower the one it absorbed."""
    read, buyer, paid = books.transaction, log.indexed(1), log.uint(0)
    base = [t.token for t in read.transfers if t.recipient == log.contract and t.amount == paid]
    absorbed = books.absorbed.get(log.contract, set())
    borrower = next(iter(absorbed)) if len(absorbed) == 1 else None
    if base:
        legs = (base[-1], paid, log.indexed(2), log.uint(1))
        read.liquidations.append(Liquidation(read.index, buyer, borrower, *legs, "compound_v3"))


def absorbed(log: Log, books: Books) -> None:
    books.absorbed.setdefault(log.contract, set()).add(log.indexed(2))
