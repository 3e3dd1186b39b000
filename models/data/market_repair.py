"""A repaired series: in order, once each, in milliseconds, without holes, with every change listed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.data.market_check import Report
from models.data.market_rows import PRICES, number
from schemas.interval import aligned

_DROPPED = {
    "NOT_A_NUMBER": "left out: it has no usable value",
    "NON_POSITIVE_PRICE": "left out: it has no usable price",
    "DUPLICATE": "left out: the first one stays",
    "INVALID_SIDE": "left out: its side is unknown",
}
_CHANGED = {
    "TIMESTAMP_UNIT": "time turned into milliseconds",
    "OUT_OF_ORDER": "moved to its place in time",
    "MISALIGNED": "time moved to the nearest open",
    "HIGH_BELOW_LOW": "high and low changed places",
    "OUTSIDE_RANGE": "high and low widened to hold open and close",
    "NEGATIVE_VOLUME": "volume set to 0",
    "PRICE_SPIKE": "left as it is: it may be true",
    "STALE_PRICE": "left as it is: it may be true",
    "WRONG_INTERVAL": "left as it is: rows of another interval cannot be made up",
}
MAX_FILLED = 100_000
Row = dict[str, Any]


@dataclass(frozen=True)
class Repair:
    """One change; `row` is the row it was made at, or the one behind the gap that was filled."""

    row: int
    code: str
    action: str


def repair(kind: str, rows: Sequence[Mapping[str, Any]], report: Report) -> tuple[list[Row], list[Repair]]:
    """The repaired rows in order of time, and what was done, in order of the original rows."""
    codes: dict[int, set[str]] = {}
    for issue in report.issues:
        codes.setdefault(issue.row, set()).add(issue.code)
    dropped = {row for row, found in codes.items() if found & _dropped_for(kind)}
    kept = [int(row) for row in report.order.rows if int(row) not in dropped]
    fix = _candle if kind == "candles" else _trade
    stamps, interval = report.stamps.tolist(), report.order.interval
    made = [(row, fix(rows[row], stamps[row], codes.get(row, set()), interval)) for row in kept]
    repairs = [Repair(row, code, _action(kind, code)) for row, found in codes.items() for code in found - {"GAP"}]
    filled: list[Row] = [row for _, row in made]
    if kind == "candles" and interval and not any(i.code == "WRONG_INTERVAL" for i in report.issues):
        filled, fills = _fill(made, interval)
        repairs += fills
    return filled, sorted(repairs, key=lambda change: (change.row, change.code))


def _dropped_for(kind: str) -> set[str]:
    return set(_DROPPED) if kind == "candles" else {*_DROPPED, "NEGATIVE_VOLUME"}


def _action(kind: str, code: str) -> str:
    if code in _DROPPED or (kind == "trades" and code == "NEGATIVE_VOLUME"):
        return _DROPPED.get(code, "left out: it has no usable amount")
    return _CHANGED[code]


def _candle(row: Mapping[str, Any], stamp: int, codes: set[str], interval: int | None) -> Row:
    values = {name: number(row[name]) for name in (*PRICES, "volume")}
    if "HIGH_BELOW_LOW" in codes:
        values["high"], values["low"] = values["low"], values["high"]
    values["high"] = max(values[name] for name in PRICES)
    values["low"] = min(values[name] for name in PRICES)
    values["volume"] = max(values["volume"], 0.0)
    return {
        "timestamp": aligned(stamp + interval // 2, interval) if interval and "MISALIGNED" in codes else stamp,
        **values,
    }


def _trade(row: Mapping[str, Any], stamp: int, _: set[str], __: int | None) -> Row:
    named = {"id": row["id"]} if row.get("id") is not None else {}
    return {**named, "timestamp": stamp, "price": row["price"], "amount": row["amount"], "side": row["side"]}


def _fill(rows: Iterable[tuple[int, Row]], interval: int) -> tuple[list[Row], list[Repair]]:
    """Flat candles without volume where some are missing; a row whose time is taken by now is left out."""
    filled: list[Row] = []
    repairs: list[Repair] = []
    left = MAX_FILLED
    for row, candle in rows:
        last = filled[-1] if filled else None
        if last and candle["timestamp"] <= last["timestamp"]:
            repairs.append(Repair(row, "DUPLICATE", _DROPPED["DUPLICATE"]))
            continue
        missing = (candle["timestamp"] - last["timestamp"]) // interval - 1 if last else 0
        if last and 0 < missing <= left:
            flat = {**dict.fromkeys(PRICES, last["close"]), "volume": 0.0}
            filled += [{"timestamp": last["timestamp"] + interval * n, **flat} for n in range(1, missing + 1)]
            repairs.append(Repair(row, "GAP", f"{missing} flat candles without volume put before it"))
            left -= missing
        filled.append(candle)
    return filled, repairs
