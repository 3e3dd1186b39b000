"""data.aggregate-market-data: candles of stored or given trades, to the last digit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from importlib import import_module
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from typing_extensions import TypedDict

from foundation.collector import paused
from foundation.errors import InvalidInput, SobaError
from models.data.candles import SUMS, Fill, gaps, plain, roll_up, trade_of
from models.data.candles import Candle as Made
from schemas.base import Wire
from schemas.decimals import Positive
from schemas.interval import Interval, aligned
from schemas.primitives import Address, Millis
from tasks.operation import operation
from tasks.resources import resources

_MAX_TRADES = 250_000
_MAX_CANDLES = 100_000
_START = 1_700_000_000_000


class Trade(Wire):
    """One trade."""

    id: Annotated[str, Field(max_length=100)] | int | None = None
    """A second trade of the same id is the first one again and counts once."""
    timestamp: Millis
    price: Positive
    amount: Positive
    """Base volume."""
    side: Literal["buy", "sell"]


class Request(Wire):
    """Trades of the store, by pool or symbol, or trades sent along."""

    trades: list[Trade] | None = Field(None, max_length=_MAX_TRADES)
    pool: Address | None = None
    """A pool whose swaps data.process-event-stream has stored."""
    chain_id: int | None = Field(None, ge=1, le=2**53 - 1)
    """Needed only where the pool's address is in use on several chains."""
    symbol: str | None = Field(None, min_length=1, max_length=100)
    """A market that the settings name (SOBA_MARKETS); nothing is stored under other names."""
    interval: Interval
    from_: Millis | None = Field(None, alias="from")
    """First millisecond; needed with pool and symbol, else that of the first trade."""
    to: Millis | None = None
    """The millisecond behind the last; needed with pool and symbol, else behind the last trade."""
    fill: Literal["none", "previous"] = "none"
    """previous: an interval without trades gets a flat candle at the close before it, volume 0."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if sum(source is not None for source in (self.trades, self.pool, self.symbol)) != 1:
            raise ValueError("give one of trades, pool and symbol")
        if self.trades is None and (self.from_ is None or self.to is None):
            raise ValueError("from and to are needed with pool and symbol")
        if self.from_ is not None and self.to is not None and self.from_ > self.to:
            raise ValueError("from lies behind to")
        return self


class Candle(TypedDict):
    """One interval; prices and volumes are exact decimals."""

    timestamp: Annotated[int, Field(description="its open, epoch milliseconds")]
    open: str
    high: str
    low: str
    close: str
    volume: Annotated[str, Field(description="base volume")]
    quoteVolume: str
    vwap: Annotated[
        str | None, Field(description="quote volume over base volume, 28 significant digits; null without volume")
    ]
    trades: int
    buyVolume: Annotated[str, Field(description="base volume of trades whose taker bought")]
    sellVolume: str


class Gap(Wire):
    """Intervals without a trade."""

    from_: int = Field(alias="from")
    to: int
    """The open of the first interval behind the gap."""
    missing: int


class Result(Wire):
    """Candles in order of time."""

    candles: list[Candle]
    gaps: list[Gap]


EXAMPLE = {
    "interval": "1m",
    "trades": [
        {"id": "1", "timestamp": _START, "price": "2000.10", "amount": "0.5", "side": "buy"},
        {"id": "2", "timestamp": _START + 9_000, "price": "2001.35", "amount": "1.25", "side": "sell"},
        {"id": "3", "timestamp": _START + 190_000, "price": "1999.99", "amount": "0.003", "side": "buy"},
    ],
}
STORED = {"pool": "0x" + "b4" * 20, "interval": "1h", "from": _START, "to": _START + 86_400_000}


def load() -> None:
    """Import what reads the store before the first job."""
    import_module("tasks.candle_store")


@operation(queue="data", batch_size=16, max_bytes=20_000_000, method="GET", load=load, examples=[EXAMPLE, STORED])
def aggregate_market_data(requests: list[Request]) -> list[Result | SobaError]:
    """Make candles of trades: open, high, low, close, volumes and volume-weighted price.

    Intervals are half-open and aligned to UTC (weeks begin on Mondays). For a pool, base is token0 and amounts are in
    raw units; its candles are kept up to date as events come in.
    """
    with paused():  # a million trades are a million objects that the collector would look at several times
        return [_aggregate(request) for request in requests]


def _aggregate(request: Request) -> Result | SobaError:
    try:
        candles, start, end = _given(request) if request.trades is not None else _stored(request)
        if start >= end:
            return Result(candles=[], gaps=[])
        return _result(candles, start, end, request)
    except SobaError as error:
        return error


def _given(request: Request) -> tuple[dict[int, Made], int, int]:
    trades = request.trades or []
    times = [trade.timestamp for trade in trades]
    start = request.from_ if request.from_ is not None else min(times, default=0)
    end = request.to if request.to is not None else max(times, default=-1) + 1
    return roll_up(_fills(trades, start, end), request.interval), start, end


def _fills(trades: Iterable[Trade], start: int, end: int) -> Iterable[Fill]:
    seen: set[str] = set()
    for place, trade in enumerate(trades):
        if not start <= trade.timestamp < end or (trade.id is not None and str(trade.id) in seen):
            continue
        seen.add(str(trade.id))
        quote = SUMS.multiply(trade.price, trade.amount)
        position = (trade.timestamp, place)
        yield trade.timestamp, trade_of(position, trade.price, trade.amount, quote, buys=trade.side == "buy")


def _stored(request: Request) -> tuple[dict[int, Made], int, int]:
    from tasks.candle_store import stored_candles

    assert request.from_ is not None
    assert request.to is not None
    market = _market(request)
    if market is None:
        return {}, request.from_, request.to
    _bounded(request.from_, request.to, request.interval)
    with resources().store.read() as connection:
        candles = stored_candles(connection, *market, request.interval, request.from_, request.to)
    return candles, request.from_, request.to


def _market(request: Request) -> tuple[bytes, int | None] | None:
    """Pool and chain (None: the one that has it); None for a symbol that nothing is known of."""
    if request.pool is not None:
        return bytes.fromhex(request.pool[2:]), request.chain_id
    named = resources().settings.markets.get(request.symbol or "")
    if named is None:
        return None
    chain_id, _, pool = named.partition(":")
    return bytes.fromhex(pool[2:]), int(chain_id)


def _bounded(start: int, end: int, interval: int) -> None:
    if (end - start) // interval > _MAX_CANDLES:
        raise InvalidInput.at("interval", f"makes more than {_MAX_CANDLES} candles from from to to")


def _result(candles: Mapping[int, Made], start: int, end: int, request: Request) -> Result:
    opens = sorted(candles)
    missing = gaps(opens, start, end, request.interval)
    if request.fill == "previous":
        _bounded(start, end, request.interval)
    made: list[Candle] = []
    for opened in opens:
        if request.fill == "previous" and made:
            made += _flat(made[-1], opened, request.interval)
        made.append(_candle(opened, candles[opened]))
    if request.fill == "previous" and made:
        made += _flat(made[-1], aligned(end - 1, request.interval) + request.interval, request.interval)
    return Result.model_construct(
        candles=made, gaps=[Gap.model_construct(from_=gap.start, to=gap.end, missing=gap.missing) for gap in missing]
    )


def _flat(last: Candle, until: int, interval: int) -> list[Candle]:
    price = Decimal(last["close"])
    empty = Made(None, None, price, price, price, price, Decimal(0), Decimal(0), Decimal(0), 0)
    return [_candle(opened, empty) for opened in range(last["timestamp"] + interval, until, interval)]


def _candle(opened: int, made: Made) -> Candle:
    vwap = made.vwap()
    return {
        "timestamp": opened,
        "open": plain(made.open),
        "high": plain(made.high),
        "low": plain(made.low),
        "close": plain(made.close),
        "volume": plain(made.base),
        "quoteVolume": plain(made.quote),
        "vwap": plain(vwap) if vwap is not None else None,
        "trades": made.trades,
        "buyVolume": plain(made.bought),
        "sellVolume": plain(SUMS.subtract(made.base, made.bought)),
    }
