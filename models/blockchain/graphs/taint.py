"""How much of what addresses hold came from given ones, by the rules that courts and analysts use.

Haircut mixes: what leaves an address is tainted in the proportion of what it holds. Poison taints all that an address
with any tainted receipt sends. First in, first out spends what came first (Clayton's case, 1816; see Anderson et al.,
"Bitcoin Redux", 2018). What an address sends beyond what it was seen to receive is untainted; a seed sends taint only.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from typing import Literal, NamedTuple

from schemas.transfers import Transfers

Method = Literal["haircut", "poison", "fifo"]
_Key = tuple[str, str | None]
_MAX_PIECES = 2_000_000


class Taint(NamedTuple):
    """What an address received of a token, how much of it was tainted, and how much tainted it still holds."""

    address: str
    token: str | None
    received: int
    tainted: int
    held: int


class TooFragmented(ValueError):
    """First in, first out would have to follow more pieces than are allowed."""


def taint(transfers: Transfers, seeds: Iterable[str], method: Method, max_pieces: int = _MAX_PIECES) -> list[Taint]:
    """The tainted addresses, seeds left out, with the most tainted receipts first, token by token.

    Transfers count in the order of their times, those without one in the order given. Raises TooFragmented.
    """
    columns = (transfers.times, transfers.senders, transfers.recipients, transfers.tokens, transfers.values)
    start = frozenset(seeds)
    purse = _Fifo(start, max_pieces) if method == "fifo" else _PROPORTIONAL[method](start)
    received: dict[_Key, int] = defaultdict(int)
    tainted: dict[_Key, int] = defaultdict(int)
    for _, sender, recipient, token, value in sorted(zip(*columns, strict=True), key=lambda row: row[0] or 0):
        if sender == recipient or not value:
            continue
        key = (recipient, token)
        received[key] += value
        tainted[key] += purse.move((sender, token), key, value)
    found = [
        Taint(*key, received[key], amount, purse.held(key))
        for key, amount in tainted.items()
        if amount and key[0] not in purse.seeds
    ]
    return sorted(found, key=lambda row: (-row.tainted, row.address))


class _Haircut:
    """Balances and their tainted part; the part that leaves is rounded down."""

    def __init__(self, seeds: frozenset[str]) -> None:
        self.seeds = seeds
        self._balance: dict[_Key, int] = defaultdict(int)
        self._tainted: dict[_Key, int] = defaultdict(int)

    def move(self, source: _Key, target: _Key, value: int) -> int:
        """Account for a transfer; returns how much of it is tainted."""
        amount = value if source[0] in self.seeds else self._leaving(source, value)
        spent = min(value, self._balance[source])
        self._balance[source] -= spent
        self._tainted[source] -= min(amount, self._tainted[source])
        self._balance[target] += value
        self._tainted[target] += amount
        return amount

    def _leaving(self, source: _Key, value: int) -> int:
        balance, tainted = self._balance[source], self._tainted[source]
        return tainted if value >= balance else tainted * value // balance

    def held(self, key: _Key) -> int:
        return self._tainted[key]


class _Poison(_Haircut):
    """Any tainted receipt taints all that follows."""

    def __init__(self, seeds: frozenset[str]) -> None:
        super().__init__(seeds)
        self._poisoned: set[_Key] = set()

    def _leaving(self, source: _Key, value: int) -> int:
        return value if source in self._poisoned else 0

    def move(self, source: _Key, target: _Key, value: int) -> int:
        amount = super().move(source, target, value)
        if amount:
            self._poisoned.add(target)
        return amount

    def held(self, key: _Key) -> int:
        return self._balance[key] if key in self._poisoned else 0


class _Fifo:
    """Receipts in order, as pieces that are tainted or not; neighbours of one kind are one piece."""

    def __init__(self, seeds: frozenset[str], max_pieces: int) -> None:
        self.seeds = seeds
        self._max_pieces = max_pieces
        self._pieces: dict[_Key, deque[list[int]]] = defaultdict(deque)
        self._moved = 0

    def move(self, source: _Key, target: _Key, value: int) -> int:
        """Account for a transfer; returns how much of it is tainted."""
        spent = self._spend(self._pieces[source], value)
        if source[0] in self.seeds:
            spent = [[value, 1]]
        held = self._pieces[target]
        for amount, dirty in spent:
            if held and held[-1][1] == dirty:
                held[-1][0] += amount
            else:
                held.append([amount, dirty])
        return sum(amount for amount, dirty in spent if dirty)

    def _spend(self, held: deque[list[int]], value: int) -> list[list[int]]:
        spent: list[list[int]] = []
        while value and held:
            self._moved += 1
            if self._moved > self._max_pieces:
                raise TooFragmented(f"more than {self._max_pieces} pieces would have to be followed")
            piece = held[0]
            amount = min(piece[0], value)
            spent.append([amount, piece[1]])
            piece[0] -= amount
            value -= amount
            if not piece[0]:
                held.popleft()
        return [*spent, [value, 0]] if value else spent

    def held(self, key: _Key) -> int:
        return sum(amount for amount, dirty in self._pieces[key] if dirty)


_PROPORTIONAL: dict[str, type[_Haircut]] = {"haircut": _Haircut, "poison": _Poison}
