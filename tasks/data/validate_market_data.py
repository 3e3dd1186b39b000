"""data.validate-market-data: candles or trades, checked row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, WrapValidator

from models.data.market_check import Report, check_candles, check_many, check_trades
from models.data.market_repair import repair
from models.data.market_rows import Candles, Severity, candles_in, candles_of
from models.data.market_rows import Issue as Found
from schemas.base import Wire
from schemas.candle_text import Table, tabled
from schemas.interval import Interval
from tasks.operation import operation

_MAX_ROWS = 250_000
_MAX_ISSUES = 20_000
_HOUR = 3_600_000
_START = 1_700_002_800_000


def _as_it_is(value: Any, check: Callable[[Any], list[Any]]) -> list[Any] | Table:
    return value if isinstance(value, Table) and len(value.numbers) <= _MAX_ROWS else check(value)


if TYPE_CHECKING:
    SeriesRows = list[Any] | Table
else:
    SeriesRows = Annotated[list[Any], Field(max_length=_MAX_ROWS), WrapValidator(_as_it_is)]


class Request(Wire):
    """A series as it came; what is wrong with its rows is the result, not a failure."""

    kind: Literal["candles", "trades"]
    symbol: str = Field(min_length=1, max_length=100)
    """Name of the market; it only comes back in the summary."""
    interval: Interval | None = None
    """Of candles, inferred where absent; of trades, the longest silence that is no gap."""
    rows: SeriesRows
    """Candles `{timestamp, open, high, low, close, volume}`, trades `{id?, timestamp, price, amount, side}`: numbers
    or decimal strings; side is buy or sell. Fields beyond these are not looked at."""
    repair: bool = False
    """Whether to send back a repaired series with every change."""

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **options: Any) -> Self:
        """As pydantic's, with candles of six plain numbers each read in one go; all else is left to pydantic."""
        try:
            content = tabled(json_data.encode() if isinstance(json_data, str) else bytes(json_data), "rows")
            if content and content.get("kind") == "candles":
                return cls.model_validate(content, **options)
        except (ValueError, ValidationError):
            pass
        return super().model_validate_json(json_data, **options)


class Issue(Wire):
    """One thing at one row."""

    row: int
    """0-based, as the rows came."""
    code: str
    """HIGH_BELOW_LOW, OUTSIDE_RANGE, NEGATIVE_VOLUME, GAP, DUPLICATE, OUT_OF_ORDER, PRICE_SPIKE, STALE_PRICE,
    NOT_A_NUMBER, NON_POSITIVE_PRICE, TIMESTAMP_UNIT, MISALIGNED, WRONG_INTERVAL or INVALID_SIDE."""
    severity: Severity
    message: str


class Summary(Wire):
    """The series in numbers; they explain the score."""

    symbol: str
    rows: int
    interval: int | None
    """Milliseconds: as stated, or the most common distance of rows."""
    missing: int
    """Candles that are not there."""
    error_rows: int
    warning_rows: int
    """Rows with a warning and no error."""
    counts: dict[str, int]
    """Issues by code."""
    explanation: str


class Change(Wire):
    """One repair."""

    row: int
    code: str
    action: str


class Repaired(Wire):
    """The series as it could be used."""

    rows: list[dict[str, Any]]
    repairs: list[Change]


class Result(Wire):
    """What the series is worth."""

    valid: bool
    """Whether no issue is an error."""
    issues: list[Issue]
    """In order of rows, the first 20,000; `summary.counts` counts all."""
    score: float
    """0 to 1: the share of rows without fault, a warning counting half."""
    summary: Summary
    repaired: Repaired | None


def load() -> object:
    return check_candles([_row(hour, 2000.0 + hour) for hour in range(10)], None)


def _row(hour: int, price: float, **more: float) -> dict[str, float]:
    prices = {"open": price, "high": price + 4, "low": price - 3, "close": price + 1}
    return {"timestamp": _START + hour * _HOUR, **prices, "volume": 12.5, **more}


EXAMPLE = {
    "kind": "candles",
    "symbol": "ETHUSDT",
    "interval": "1h",
    "rows": [_row(0, 2000), _row(1, 2001), _row(2, 2004, high=1990), _row(4, 2003), _row(5, 2006, volume=-1)],
    "repair": True,
}


@operation(queue="data", batch_size=64, max_bytes=20_000_000, load=load, examples=[EXAMPLE])
def validate_market_data(requests: list[Request]) -> list[Result]:
    """Find what is wrong with candles or trades, row by row.

    Values that no market makes are errors; what is only unlikely (a lone spike by robust statistics, a price that does
    not move) is a warning. On request the answer holds a repaired series and every change made.
    """
    candles = iter(check_many((_columns(r.rows), r.interval) for r in requests if r.kind == "candles"))
    reports = (next(candles) if r.kind == "candles" else check_trades(_objects(r.rows), r.interval) for r in requests)
    return [_result(request, report) for request, report in zip(requests, reports, strict=True)]


def _columns(rows: list[Any] | Table) -> Candles:
    return (candles_in(rows.numbers) if isinstance(rows, Table) else None) or candles_of(_objects(rows))


def _objects(rows: list[Any] | Table) -> list[dict[str, Any]]:
    return rows.objects() if isinstance(rows, Table) else [row if isinstance(row, dict) else {} for row in rows]


def _result(request: Request, report: Report) -> Result:
    issues = sorted(report.issues, key=lambda issue: issue.row)
    summary, score = _summarise(request, report)
    return Result.model_construct(
        valid=not any(issue.severity == "error" for issue in issues),
        issues=[_issue(issue) for issue in issues[:_MAX_ISSUES]],
        score=score,
        summary=summary,
        repaired=_repaired(request, report) if request.repair else None,
    )


def _issue(found: Found) -> Issue:
    return Issue.model_construct(row=found.row, code=found.code, severity=found.severity, message=found.message)


def _summarise(request: Request, report: Report) -> tuple[Summary, float]:
    errors = {issue.row for issue in report.issues if issue.severity == "error" and issue.code != "GAP"}
    warnings = {issue.row for issue in report.issues if issue.severity == "warning"} - errors
    rows, missing = len(report.stamps), report.order.missing
    total = rows + missing
    score = 1 - (len(errors) + missing + len(warnings) / 2) / total if total else 1.0
    explanation = (
        f"1 - ({len(errors)} rows with errors + {missing} missing + half of {len(warnings)} rows with warnings)"
        f" / ({rows} rows + {missing} missing)"
    )
    summary = Summary.model_construct(
        symbol=request.symbol,
        rows=rows,
        interval=report.order.interval,
        missing=missing,
        error_rows=len(errors),
        warning_rows=len(warnings),
        counts=dict(Counter(issue.code for issue in report.issues)),
        explanation=explanation,
    )
    return summary, score


def _repaired(request: Request, report: Report) -> Repaired:
    made, repairs = repair(request.kind, _objects(request.rows), report)
    return Repaired.model_construct(rows=made, repairs=[Change(**asdict(change)) for change in repairs])
