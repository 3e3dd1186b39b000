"""data.validate-market-data: candles or trades, checked row by row."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Any, Literal

from pydantic import Field

from models.data.market_check import Report, check_candles, check_trades
from models.data.market_repair import repair
from models.data.market_rows import Issue as Found
from models.data.market_rows import Severity
from schemas.base import Wire
from schemas.interval import Interval
from tasks.operation import operation

_MAX_ROWS = 250_000
_MAX_ISSUES = 20_000
_HOUR = 3_600_000
_START = 1_700_002_800_000


class Request(Wire):
    """A series as it came; what is wrong with its rows is the result, not a failure."""

    kind: Literal["candles", "trades"]
    symbol: str = Field(min_length=1, max_length=100)
    """Name of the market; it only comes back in the summary."""
    interval: Interval | None = None
    """Of candles, inferred where absent; of trades, the longest silence that is no gap."""
    rows: list[Any] = Field(max_length=_MAX_ROWS)
    """Candles `{timestamp, open, high, low, close, volume}`, trades `{id?, timestamp, price, amount, side}`: numbers
    or decimal strings; side is buy or sell. Fields beyond these are not looked at."""
    repair: bool = False
    """Whether to send back a repaired series with every change."""


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


@operation(queue="data", batch_size=16, max_bytes=20_000_000, load=load, examples=[EXAMPLE])
def validate_market_data(requests: list[Request]) -> list[Result]:
    """Find what is wrong with candles or trades, row by row.

    Values that no market makes are errors; what is only unlikely (a lone spike by robust statistics, a price that does
    not move) is a warning. On request the answer holds a repaired series and every change made.
    """
    return [_judge(request) for request in requests]


def _judge(request: Request) -> Result:
    rows = [row if isinstance(row, dict) else {} for row in request.rows]
    report = (check_candles if request.kind == "candles" else check_trades)(rows, request.interval)
    issues = sorted(report.issues, key=lambda issue: issue.row)
    summary, score = _summarise(request, report)
    return Result(
        valid=not any(issue.severity == "error" for issue in issues),
        issues=[_issue(issue) for issue in issues[:_MAX_ISSUES]],
        score=score,
        summary=summary,
        repaired=_repaired(request.kind, rows, report) if request.repair else None,
    )


def _issue(found: Found) -> Issue:
    return Issue.model_construct(row=found.row, code=found.code, severity=found.severity, message=found.message)


def _summarise(request: Request, report: Report) -> tuple[Summary, float]:
    errors = {issue.row for issue in report.issues if issue.severity == "error" and issue.code != "GAP"}
    warnings = {issue.row for issue in report.issues if issue.severity == "warning"} - errors
    rows, missing = len(request.rows), report.order.missing
    total = rows + missing
    score = 1 - (len(errors) + missing + len(warnings) / 2) / total if total else 1.0
    explanation = (
        f"1 - ({len(errors)} rows with errors + {missing} missing + half of {len(warnings)} rows with warnings)"
        f" / ({rows} rows + {missing} missing)"
    )
    summary = Summary(
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


def _repaired(kind: str, rows: list[dict[str, Any]], report: Report) -> Repaired:
    made, repairs = repair(kind, rows, report)
    return Repaired.model_construct(rows=made, repairs=[Change(**asdict(change)) for change in repairs])
