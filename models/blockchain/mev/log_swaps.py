"""How the swap events of the protocols are read."""

from __future__ import annotations

from collections.abc import Callable

from models.blockchain.mev.logbook import Books, Log


def pair(log: Log, books: Books) -> None:
    net = (log.uint(0) - log.uint(2), log.uint(1) - log.uint(3))
    books.swap(log, "uniswap_v2", (log.indexed(1), log.indexed(2)), max(net), -min(net))


def concentrated(log: Log, books: Books) -> None:
    amounts = (log.signed(0), log.signed(1))
    books.swap(log, "uniswap_v3", (log.indexed(1), log.indexed(2)), max(amounts), -min(amounts))


def curve(log: Log, books: Books) -> None:
    buyer = log.indexed(1)
    books.swap(log, "curve", (buyer, buyer), log.uint(1), log.uint(3), may_be_ether=True)


def balancer_v1(log: Log, books: Books) -> None:
    caller = log.indexed(1)
    given, paid = (log.indexed(2), log.uint(0)), (log.indexed(3), log.uint(1))
    books.keep(log.order, log.contract, "balancer_v1", (caller, caller), given, paid)


def balancer_v2(log: Log, books: Books) -> None:
    """The pool's address is the first 20 bytes of its id."""
    given, paid = (log.indexed(2), log.uint(0)), (log.indexed(3), log.uint(1))
    pool, caller = log.topics[1][:42], books.transaction.to
    books.keep(log.order, pool, "balancer_v2", (caller, caller), given, paid)


def zero_ex(first: int, *, taken_first: bool) -> Callable[[Log, Books], None]:
    """An order's fill; `first` is the word where maker token, taker token and the two amounts begin."""

    def decode(log: Log, books: Books) -> None:
        taker, amounts = log.address(2), (log.uint(first + 2), log.uint(first + 3))
        taken, made = amounts if taken_first else amounts[::-1]
        paid, given = (log.address(first), made), (log.address(first + 1), taken)
        books.keep(log.order, log.contract, "0x", (taker, taker), given, paid)

    return decode


def zero_ex_v3(log: Log, books: Books) -> None:
    """The assets are bytes: a selector, then the token."""
    taker = log.address(4)
    made, taken = (
        (log.address_at(2 + 2 * log.uint(place) + 64 + 8), log.uint(amount)) for place, amount in ((0, 6), (1, 7))
    )
    books.keep(log.order, log.contract, "0x", (taker, taker), taken, made)


def bancor_v3(log: Log, books: Books) -> None:
    trader = log.address(5)
    given, paid = (log.indexed(2), log.uint(0)), (log.indexed(3), log.uint(1))
    books.keep(log.order, log.contract, "bancor", (trader, trader), given, paid)


def bancor(log: Log, books: Books) -> None:
    trader = log.address(2)
    given, paid = (log.indexed(2), log.uint(0)), (log.indexed(3), log.uint(1))
    books.keep(log.order, log.contract, "bancor", (trader, trader), given, paid)
