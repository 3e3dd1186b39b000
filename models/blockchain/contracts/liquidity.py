"""Who can take the liquidity of a token's pools, read from the pools' own logs.

A Uniswap v2 pair is the token of its liquidity: it mints to who adds and burns what is handed back for the reserves
(Uniswap v2 core, `UniswapV2Pair`). What lies with nobody, or with a contract that only gives it back after a time,
cannot be taken; a pool is pulled where one transaction burns nearly all of it and nobody adds any more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from eth_hash.auto import keccak

from models.blockchain.mev.calls import quantity
from schemas.liquidity import PoolLog

TRANSFER: Final = "0x" + keccak(b"Transfer(address,address,uint256)").hex()
SYNC: Final = "0x" + keccak(b"Sync(uint112,uint112)").hex()
NOBODY: Final = frozenset({"0x" + "0" * 40, "0x" + "0" * 39 + "1", "0x" + "0" * 36 + "dead"})
LOCKERS: Final = {
    "0x663a5c229c09b049e36dcc11a9b0d4a8eb9db214": "UNCX (Unicrypt) Uniswap v2 locker",
    "0xe2fe530c047f2d85298b07d9333c05737f1435fb": "Team Finance locker",
}
_ZERO = "0x" + "0" * 40
_NEARLY_ALL = (9, 10)
_WORD_LETTERS = 64


@dataclass(frozen=True, slots=True)
class Log:
    """A log as a node gives it: lower-case hex with 0x."""

    address: str
    topics: Sequence[str]
    data: str
    place: tuple[int, int] = (0, 0)
    """(block, index in it)."""
    transaction: str | None = None


@dataclass(slots=True)
class Removal:
    """What one transaction burned of a pool, and of how much; amounts in units of the pool's token."""

    amount: int = 0
    supply_before: int = 0
    block: int = 0
    transaction: str | None = None

    @property
    def share(self) -> float:
        return min(1.0, self.amount / self.supply_before) if self.supply_before else 0.0


@dataclass(slots=True)
class Liquidity:
    """One pool after all of its logs."""

    pool: str
    supply: int = 0
    balances: Counter[str] = field(default_factory=Counter)
    reserves: tuple[int, int] | None = None
    largest_removal: Removal = field(default_factory=Removal)
    added_after: int = 0
    """How often liquidity was added after the largest removal."""
    complete: bool = True
    """Whether the logs account for every amount that was moved; else they begin after the pool did."""

    @property
    def burned(self) -> int:
        """What lies with nobody."""
        return sum(self.balances[address] for address in NOBODY)

    @property
    def locked(self) -> int:
        return sum(self.balances[address] for address in LOCKERS)

    @property
    def largest_holder(self) -> tuple[str, int] | None:
        """Who holds most of what can be taken; None where nobody can take any."""
        apart = NOBODY | set(LOCKERS)
        held = [(amount, address) for address, amount in self.balances.items() if amount > 0 and address not in apart]
        if not held:
            return None
        amount, address = max(held)
        return address, amount

    @property
    def pulled(self) -> bool:
        removal, (part, whole) = self.largest_removal, _NEARLY_ALL
        nearly_all = removal.amount > 0 and whole * removal.amount >= part * removal.supply_before
        return self.complete and nearly_all and not self.added_after

    @property
    def risks(self) -> list[str]:
        """Keys of scoring.POWER_WEIGHT."""
        holder = self.largest_holder
        held_by_one = holder is not None and 2 * holder[1] > self.supply
        return ["liquidity_pulled"] if self.pulled else ["liquidity_held_by_one"] if held_by_one else []


def logs_of(rows: Iterable[PoolLog]) -> list[Log]:
    """The logs that were not removed again."""
    return [
        Log(
            address=row["address"],
            topics=row["topics"],
            data=row["data"],
            place=(quantity(row.get("block_number")), quantity(row.get("log_index"))),
            transaction=row.get("transaction_hash"),
        )
        for row in rows
        if not row.get("removed")
    ]


def liquidity_of(logs: Iterable[Log]) -> list[Liquidity]:
    """The pools that the logs are of, in the order of their first log; other events are passed over."""
    pools: dict[str, Liquidity] = {}
    burned: dict[tuple[str, object], Removal] = {}
    for log in sorted(logs, key=lambda log: log.place):
        words = _words(log)
        if words is None:
            continue
        pool = pools.setdefault(log.address, Liquidity(log.address))
        if log.topics[0] == SYNC:
            pool.reserves = (words[0], words[1])
        else:
            _move(pool, log, _address(log.topics[1]), _address(log.topics[2]), words[0], burned)
    return list(pools.values())


def _words(log: Log) -> list[int] | None:
    """The numbers of a Sync or a Transfer of liquidity; None for any other log."""
    digits = log.data[2:]
    shape = (log.topics[0] if log.topics else "", len(log.topics), len(digits))
    if shape not in ((SYNC, 1, 2 * _WORD_LETTERS), (TRANSFER, 3, _WORD_LETTERS)):
        return None
    return [int(digits[at : at + _WORD_LETTERS], 16) for at in range(0, len(digits), _WORD_LETTERS)]


def _address(topic: str) -> str:
    return "0x" + topic[-40:]


def _move(
    pool: Liquidity, log: Log, giver: str, taker: str, amount: int, burned: dict[tuple[str, object], Removal]
) -> None:
    """Book one transfer; what goes from the pool itself to nobody is a removal."""
    if giver == _ZERO:
        pool.supply += amount
        pool.balances[taker] += amount
        pool.added_after += taker != _ZERO
        return
    if pool.balances[giver] < amount:
        pool.complete = False
    pool.balances[giver] = max(0, pool.balances[giver] - amount)
    if taker != _ZERO or giver != pool.pool:
        pool.balances[taker] += amount
        return
    one = burned.setdefault((pool.pool, log.transaction or log.place), Removal(0, pool.supply, log.place[0]))
    one.transaction = log.transaction
    one.amount += amount
    pool.supply = max(0, pool.supply - amount)
    largest = pool.largest_removal
    if one.amount * largest.supply_before >= largest.amount * one.supply_before:
        pool.largest_removal, pool.added_after = one, 0
