"""Candles of trades, to the last digit.

Volumes are sums without rounding. The price of a pool's trade is a quotient: it is rounded, once, to 28 significant
digits, half to even, and so is the volume-weighted price. Candles merge in any order, because each remembers where its
first and last trade stood.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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


class Candle(NamedTuple):
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

    def vwap(self) -> Decimal | None:
        """Quote volume over base volume; None without volume."""
        return QUOTIENTS.divide(self.quote, self.base) if self.base else None


Fill = tuple[int, Candle]
"""A time, and the candle of the trade at that time alone (or the candle that opens then)."""


def trade_of(position: Any, price: Decimal, base: Decimal, quote: Decimal, *, buys: bool) -> Candle:
    """The candle of one trade; `buys` where the taker bought."""
    return Candle(position, position, price, price, price, price, base, quote, base if buys else _ZERO, 1)


def merged(parts: Sequence[Candle]) -> Candle:
    """The candle of candles of one interval, or of parts of it, in any order."""
    open_at, close_at, opened, high, low, closed, base, quote, bought, trades = parts[0]
    for part in parts[1:]:
        if part[0] < open_at:
            open_at, opened = part[0], part[2]
        if part[1] > close_at:
            close_at, closed = part[1], part[5]
        high, low = max(high, part[3]), min(low, part[4])
        base, quote, bought = _add(base, part[6]), _add(quote, part[7]), _add(bought, part[8])
        trades += part[9]
    return Candle(open_at, close_at, opened, high, low, closed, base, quote, bought, trades)


class Gap(NamedTuple):
    """Intervals without a trade: from the open of the first to the open of the next that has one."""

    start: int
    end: int
    missing: int


def pool_fills(trades: Iterable[Sequence[Any]]) -> list[Fill]:
    """The fills of rows of the table `trades`."""
    if not (columns := list(zip(*trades, strict=True))):
        return []
    _, _, times, numbers, logs, events, amounts, payments, buys = columns
    positions = map(_POSITION.pack, times, numbers, logs, events)
    bases, quotes = list(map(Decimal, amounts)), list(map(Decimal, payments))
    prices = map(QUOTIENTS.divide, quotes, bases)
    return [
        (time, Candle(at, at, price, price, price, price, base, quote, base if buy else _ZERO, 1))
        for time, at, price, base, quote, buy in zip(times, positions, prices, bases, quotes, buys, strict=True)
    ]


def roll_up(candles: Iterable[Fill], interval: int) -> dict[int, Candle]:
    """Candles by their open, of trades, or of finer candles (open, candle) whose interval divides the coarser."""
    parts: dict[int, list[Candle]] = {}
    for opened, candle in candles:
        parts.setdefault(aligned(opened, interval), []).append(candle)
    return {at: merged(found) for at, found in parts.items()}


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
