"""Swaps, liquidity, liquidations and transfers, read from the logs of a receipt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from models.blockchain.mev.abi import Truncated, address, signed, topic, uint
from models.blockchain.mev.calls import Raw, quantity
from models.blockchain.mev.events import Liquidation, Liquidity, Swap, Transaction, Transfer
from schemas.primitives import NATIVE_TOKEN

_DATA = 2  # where the first word of a log's data begins
_TRANSFER = topic("Transfer(address,address,uint256)")


class Log(NamedTuple):
    """One log; `topics` and `data` are hex."""

    order: int
    contract: str
    topics: Sequence[str]
    data: str

    def indexed(self, position: int) -> str:
        """The address in an indexed topic."""
        if position >= len(self.topics):
            raise Truncated(f"topic {position} is not there")
        return "0x" + self.topics[position][-40:]

    def uint(self, position: int) -> int:
        return uint(self.data, position, _DATA)

    def signed(self, position: int) -> int:
        return signed(self.data, position, _DATA)

    def address(self, position: int) -> str:
        return address(self.data, position, _DATA)


class _Books:
    """The transaction that is read, and what each pool has paid and taken so far."""

    def __init__(self, transaction: Transaction) -> None:
        self.transaction = transaction
        self._paid: dict[tuple[str, int], str] = {}
        self._taken: dict[str, dict[str, int]] = {}

    def move(self, log: Log) -> None:
        moved = Transfer(log.order, log.order, log.contract, log.indexed(1), log.indexed(2), log.uint(0))
        self.transaction.transfers.append(moved)
        self._paid[moved.sender, moved.amount] = moved.token
        taken = self._taken.setdefault(moved.recipient, {})
        taken.pop(moved.token, None)
        taken[moved.token] = moved.amount

    def swap(self, log: Log, protocol: str, parties: tuple[str, str], amount_in: int, amount_out: int) -> None:
        """Keep a swap of which the log gives the amounts only: the transfers before it tell the tokens.

        What no token transfer tells was ether.
        """
        token_out = self._paid.get((log.contract, amount_out), NATIVE_TOKEN)
        others = [token for token in self._taken.get(log.contract, {}) if token != token_out]
        self.keep(
            log.order,
            log.contract,
            protocol,
            parties,
            (others[-1] if others else NATIVE_TOKEN, amount_in),
            (token_out, amount_out),
        )

    def keep(
        self,
        order: int,
        pool: str,
        protocol: str,
        parties: tuple[str, str],
        given: tuple[str, int],
        paid: tuple[str, int],
    ) -> None:
        """Add a swap that gave one token for another."""
        if given[0] != paid[0] and given[1] > 0 and paid[1] > 0:
            index = self.transaction.index
            self.transaction.swaps.append(Swap(index, (order,), pool, protocol, *parties, *given, *paid))


def read_logs(logs: Sequence[Raw], transaction: Transaction) -> Transaction:
    """The transaction's events as its logs tell them; a log that is cut short or of no known event is passed over."""
    read = Transaction(transaction.hash, transaction.index, transaction.sender, transaction.to)
    books = _Books(read)
    for position, raw in enumerate(logs):
        order = raw.get("log_index")
        log = Log(
            position if order is None else quantity(order),
            raw.get("address") or "",
            raw.get("topics") or (),
            raw.get("data") or "0x",
        )
        decode = DECODERS.get(log.topics[0]) if log.topics else None
        if decode is None:
            continue
        try:
            decode(log, books)
        except Truncated:
            continue
    return read


def _pair(log: Log, books: _Books) -> None:
    net = (log.uint(0) - log.uint(2), log.uint(1) - log.uint(3))
    books.swap(log, "uniswap_v2", (log.indexed(1), log.indexed(2)), max(net), -min(net))


def _concentrated(log: Log, books: _Books) -> None:
    amounts = (log.signed(0), log.signed(1))
    books.swap(log, "uniswap_v3", (log.indexed(1), log.indexed(2)), max(amounts), -min(amounts))


def _curve(log: Log, books: _Books) -> None:
    buyer = log.indexed(1)
    books.swap(log, "curve", (buyer, buyer), log.uint(1), log.uint(3))


def _balancer_v1(log: Log, books: _Books) -> None:
    caller = log.indexed(1)
    given, paid = (log.indexed(2), log.uint(0)), (log.indexed(3), log.uint(1))
    books.keep(log.order, log.contract, "balancer_v1", (caller, caller), given, paid)


def _balancer_v2(log: Log, books: _Books) -> None:
    """The pool's address is the first 20 bytes of its id."""
    given, paid = (log.indexed(2), log.uint(0)), (log.indexed(3), log.uint(1))
    pool, caller = log.topics[1][:42], books.transaction.to
    books.keep(log.order, pool, "balancer_v2", (caller, caller), given, paid)


def _zero_ex(first: int, *, taken_first: bool) -> Callable[[Log, _Books], None]:
    """An order's fill; `first` is the word where maker token, taker token and the two amounts begin."""

    def decode(log: Log, books: _Books) -> None:
        taker, amounts = log.address(2), (log.uint(first + 2), log.uint(first + 3))
        taken, made = amounts if taken_first else amounts[::-1]
        paid, given = (log.address(first), made), (log.address(first + 1), taken)
        books.keep(log.order, log.contract, "0x", (taker, taker), given, paid)

    return decode


def _bancor(log: Log, books: _Books) -> None:
    trader = log.address(2)
    given, paid = (log.indexed(2), log.uint(0)), (log.indexed(3), log.uint(1))
    books.keep(log.order, log.contract, "bancor", (trader, trader), given, paid)


def _liquidity(*, added: bool, concentrated: bool) -> Callable[[Log, _Books], None]:
    def decode(log: Log, books: _Books) -> None:
        owner = log.indexed(1) if concentrated else books.transaction.sender
        ticks = tuple(log.topics[2:4]) if concentrated else ()
        index = books.transaction.index
        books.transaction.liquidity.append(Liquidity(index, added, log.contract, owner, ticks, owner))

    return decode


def _aave(log: Log, books: _Books) -> None:
    """Aave v2 and v3; where aTokens were handed over, the transfer of that amount to the liquidator names them."""
    debt, amount, liquidator = log.uint(0), log.uint(1), log.address(2)
    handed = [t.token for t in books.transaction.transfers if t.recipient == liquidator and t.amount == amount]
    collateral = handed[-1] if log.uint(3) and handed else log.indexed(1)
    parties = (books.transaction.index, liquidator, log.indexed(3))
    books.transaction.liquidations.append(Liquidation(*parties, log.indexed(2), debt, collateral, amount, "aave"))


def _compound(log: Log, books: _Books) -> None:
    """Compound v2; what the liquidator paid in no token was ether."""
    liquidator, borrower, repaid = log.address(0), log.address(1), log.uint(2)
    paid = [t.token for t in books.transaction.transfers if t.sender == liquidator and t.amount == repaid]
    parties = (books.transaction.index, liquidator, borrower)
    loan = Liquidation(*parties, paid[-1] if paid else NATIVE_TOKEN, repaid, log.address(3), log.uint(4), "compound_v2")
    books.transaction.liquidations.append(loan)


_FOUR = "address,address,address,address"
DECODERS: dict[str, Callable[[Log, _Books], None]] = {
    _TRANSFER: lambda log, books: books.move(log),
    topic("Swap(address,uint256,uint256,uint256,uint256,address)"): _pair,
    topic("Swap(address,address,int256,int256,uint160,uint128,int24)"): _concentrated,
    topic("TokenExchange(address,int128,uint256,int128,uint256)"): _curve,
    topic("TokenExchange(address,uint256,uint256,uint256,uint256)"): _curve,
    topic("TokenExchangeUnderlying(address,int128,uint256,int128,uint256)"): _curve,
    topic("LOG_SWAP(address,address,address,uint256,uint256)"): _balancer_v1,
    topic("Swap(bytes32,address,address,uint256,uint256)"): _balancer_v2,
    topic(f"RfqOrderFilled(bytes32,{_FOUR},uint128,uint128,bytes32)"): _zero_ex(3, taken_first=True),
    topic(f"OtcOrderFilled(bytes32,{_FOUR},uint128,uint128)"): _zero_ex(3, taken_first=False),
    topic(f"LimitOrderFilled(bytes32,address,{_FOUR},uint128,uint128,uint128,uint256,bytes32)"): _zero_ex(
        4, taken_first=True
    ),
    topic("Conversion(address,address,address,uint256,uint256,address)"): _bancor,
    topic("Mint(address,address,int24,int24,uint128,uint256,uint256)"): _liquidity(added=True, concentrated=True),
    topic("Burn(address,int24,int24,uint128,uint256,uint256)"): _liquidity(added=False, concentrated=True),
    topic("Mint(address,uint256,uint256)"): _liquidity(added=True, concentrated=False),
    topic("Burn(address,uint256,uint256,address)"): _liquidity(added=False, concentrated=False),
    topic("LiquidationCall(address,address,address,uint256,uint256,address,bool)"): _aave,
    topic("LiquidateBorrow(address,address,uint256,address,uint256)"): _compound,
}
