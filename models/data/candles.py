"""Candles of trades, to the last digit.

Volumes are sums without rounding. The price of a pool's trade is a quotient: it is rounded, once, to 28 significant
digits, half to even, and so is the volume-weighted price. Candles merge in any order, because each remembers where its
first and last trade stood.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_EVEN, Context, Decimal
from struct import Struct
from typing import Any, NamedTuple

from schemas.interval import DAY, HOUR, MINUTE, aligned

LEVELS = (MINUTE, 15 * MINUTE, HOUR, DAY)
"""Candles that the store keeps; each level adds up to the next."""
QUOTIENTS = Context(prec=28, rounding=ROUND_HALF_EVEN, Emax=MAX_EMAX, Emin=MIN_EMIN)
SUMS = Context(prec=2000, Emax=MAX_EMAX, Emin=MIN_EMIN)
"""Wide enough that no sum and no product of bounded decimals is ever rounded."""
_ZERO, _add = Decimal(0), SUMS.add
_POSITION = Struct(">4Q")


@dataclass(slots=True)
class Candle:
    """What happened in one interval."""

    open_at: Any
    """Position of the first trade; positions of one market compare."""
    close_at: Any
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    base: Decimal
    quote: Decimal
    bought: Decimal
    trades: int

    def include(
        self,
        open_at: Any,
        close_at: Any,
        first: Decimal,
        high: Decimal,
        low: Decimal,
        last: Decimal,
        base: Decimal,
        quote: Decimal,
        bought: Decimal,
        trades: int,
    ) -> None:
        """Add what another candle of the same interval, or of a part of it, has seen."""
        if open_at < self.open_at:
            self.open_at, self.open = open_at, first
        if close_at > self.close_at:
            self.close_at, self.close = close_at, last
        if high > self.high:
            self.high = high
        if low < self.low:
            self.low = low
        self.base = _add(self.base, base)
        self.quote = _add(self.quote, quote)
        if bought:
            self.bought = _add(self.bought, bought)
        self.trades += trades

    def merge(self, other: Candle) -> None:
        """`include` all of another candle."""
        prices = (other.open, other.high, other.low, other.close)
        self.include(other.open_at, other.close_at, *prices, other.base, other.quote, other.bought, other.trades)

    def copy(self) -> Candle:
        prices = (self.open, self.high, self.low, self.close)
        return Candle(self.open_at, self.close_at, *prices, self.base, self.quote, self.bought, self.trades)

    def vwap(self) -> Decimal | None:
        """Quote volume over base volume; None without volume."""
        return QUOTIENTS.divide(self.quote, self.base) if self.base else None


Fill = tuple[Any, int, Decimal, Decimal, Decimal, bool]
"""One trade as candles see it: position, time, price, base, quote, whether the taker bought."""


class Gap(NamedTuple):
    """Intervals without a trade: from the open of the first to the open of the next that has one."""

    start: int
    end: int
    missing: int


def pool_fill(trade: Sequence[Any]) -> Fill:
    """The fill of a row of the table `trades`."""
    _, _, timestamp, number, log_index, event_id, base, quote, buys = trade
    amount, paid = Decimal(base), Decimal(quote)
    position = _POSITION.pack(timestamp, number, log_index, event_id)
    return position, timestamp, QUOTIENTS.divide(paid, amount), amount, paid, bool(buys)


def fold(fills: Iterable[Fill], interval: int) -> dict[int, Candle]:
    """Candles by their open, of fills in any order."""
    candles: dict[int, Candle] = {}
    for position, timestamp, price, base, quote, buys in fills:
        bought = base if buys else _ZERO
        opened = aligned(timestamp, interval)
        if (present := candles.get(opened)) is None:
            candles[opened] = Candle(position, position, price, price, price, price, base, quote, bought, 1)
        else:
            present.include(position, position, price, price, price, price, base, quote, bought, 1)
    return candles


def roll_up(candles: Iterable[tuple[int, Candle]], interval: int) -> dict[int, Candle]:
    """Candles by their open, of finer ones (open, candle) whose interval divides the coarser; these are not touched."""
    coarse: dict[int, Candle] = {}
    for opened, candle in candles:
        at = aligned(opened, interval)
        if (present := coarse.get(at)) is None:
            coarse[at] = candle.copy()
        else:
            present.merge(candle)
    return coarse


def gaps(opens: Sequence[int], start: int, end: int, interval: int) -> list[Gap]:
    """Where candles are missing from the interval that holds `start` to the last that begins before `end`.

    `opens` are in order; the last gap ends with the last interval.
    """
    expected = aligned(start, interval)
    last = aligned(end - 1, interval) + interval
    found = []
    for opened in (*opens, last):
        if opened > expected:
            found.append(Gap(expected, opened, (opened - expected) // interval))
        expected = opened + interval
    return found


def plain(number: Decimal) -> str:
    """A decimal number without exponent and without zeros at its end."""
    text = str(number)
    if "E" in text:
        text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def to_row(key: tuple[bytes, int, int, int], candle: Candle) -> tuple[Any, ...]:
    """A row of the table `candles`."""
    numbers = (candle.open, candle.high, candle.low, candle.close, candle.base, candle.quote, candle.bought)
    return (*key, candle.open_at, candle.close_at, *map(str, numbers), candle.trades)


def from_row(row: Sequence[Any]) -> Candle:
    """The candle of a row of the table `candles`, or of its last columns."""
    open_at, close_at, *texts, trades = row[-10:]
    first, high, low, last, base, quote, bought = map(Decimal, texts)
    return Candle(bytes(open_at), bytes(close_at), first, high, low, last, base, quote, bought, trades)
