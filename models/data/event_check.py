"""Checks one blockchain event field by field: the definitive word on what is wrong with it, and where."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from models.data.checksum import checksum_holds
from schemas.primitives import to_millis

MAX_TOPICS = 4
CLOCK_TOLERANCE_MS = 5 * 60 * 1000
"""How far a block's time may lie ahead of this machine's clock."""
EARLIEST_MILLIS = 100_000_000_000
"""March 1973: what is smaller is a count of seconds."""
LATEST_MILLIS = 100_000_000_000_000
"""The year 5138: what is larger counts microseconds or nanoseconds."""
_MAX_STAMP = 10**20
MAX_SAFE = 2**53 - 1
MAX_LOG_INDEX = 2**31 - 1
_MAX_FAULTS = 50

ADDRESS = re.compile(r"0[xX][0-9a-fA-F]{40}")
HASH = re.compile(r"0[xX][0-9a-fA-F]{64}")
HEX = re.compile(r"0[xX][0-9a-fA-F]*")


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong or worth a warning, at one field."""

    path: str
    code: str
    message: str


@dataclass
class Checked:
    """What is left of an event after the check: normalised fields, or the faults."""

    event: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


Verdict = Iterator[Fault]
Check = Callable[[str, Any, int], Verdict]


def check_event(event: Mapping[str, Any], now_ms: int) -> Checked:
    """Check an event as parsed from JSON; `event` of the answer is complete where `faults` is empty.

    Hex is turned to lower case, times to epoch milliseconds; `timestamp` is None and `removed` False where absent.
    """
    checked = Checked()
    for name, check in _CHECKS.items():
        value = event.get(name)
        if value is None and name in _OPTIONAL:
            checked.event[name] = _OPTIONAL[name]
        elif name not in event:
            checked.faults.append(Fault(name, "MISSING_FIELD", "is required"))
        else:
            faults = list(check(name, value, now_ms))
            checked.faults += faults
            checked.event[name] = value if faults else _normal(value)
    if checked.event.get("timestamp") is not None and not checked.faults:
        checked.event["timestamp"] = to_millis(checked.event["timestamp"])
    checked.faults += [
        Fault(str(name)[:100], "UNKNOWN_FIELD", "is no field of an event") for name in event if name not in _CHECKS
    ][:_MAX_FAULTS]
    return checked


def timestamp_fault(millis: int, now_ms: int) -> tuple[str, str] | None:
    """Code and message of what is wrong with a time that should be epoch milliseconds."""
    if not 0 <= millis < _MAX_STAMP:
        return "OUT_OF_RANGE", "is no time since 1970"
    if millis < EARLIEST_MILLIS:
        return "TIMESTAMP_UNIT", "looks like seconds; epoch milliseconds are expected"
    if millis >= LATEST_MILLIS:
        return "TIMESTAMP_UNIT", "looks like microseconds or nanoseconds; epoch milliseconds are expected"
    if millis > now_ms + CLOCK_TOLERANCE_MS:
        return "FUTURE_TIMESTAMP", f"lies {(millis - now_ms) / 1000:.0f} s ahead of this machine's clock"
    return None


def _normal(value: Any) -> Any:
    if isinstance(value, str):
        return value.lower() if value[:2] in ("0x", "0X") else value
    return [_normal(item) for item in value] if isinstance(value, list) else value


def _wrong_type(path: str, expected: str) -> Fault:
    return Fault(path, "WRONG_TYPE", f"expected {expected}")


def _whole(low: int, high: int) -> Check:
    def check(path: str, value: Any, _: int) -> Verdict:
        if type(value) is not int:
            yield _wrong_type(path, "an integer")
        elif not low <= value <= high:
            yield Fault(path, "OUT_OF_RANGE", f"expected {low} to {high}")

    return check


def _hash(path: str, value: Any, _: int) -> Verdict:
    if not isinstance(value, str):
        yield _wrong_type(path, "a string")
    elif not HASH.fullmatch(value):
        yield Fault(path, "INVALID_HASH", "expected 0x and 64 hex digits")


def _address(path: str, value: Any, _: int) -> Verdict:
    if not isinstance(value, str):
        yield _wrong_type(path, "a string")
    elif not ADDRESS.fullmatch(value):
        yield Fault(path, "INVALID_ADDRESS", "expected 0x and 40 hex digits")
    elif not checksum_holds(value):
        yield Fault(path, "INVALID_CHECKSUM", "the letters' case is not the address's EIP-55 checksum")


def _topics(path: str, value: Any, now_ms: int) -> Verdict:
    if not isinstance(value, list):
        yield _wrong_type(path, "a list of hashes")
        return
    if len(value) > MAX_TOPICS:
        yield Fault(path, "TOO_MANY_TOPICS", f"a log has at most {MAX_TOPICS} topics, not {len(value)}")
    for position, topic in enumerate(value[:MAX_TOPICS]):
        yield from _hash(f"{path}.{position}", topic, now_ms)


def _data(path: str, value: Any, _: int) -> Verdict:
    if not isinstance(value, str):
        yield _wrong_type(path, "a string")
    elif not HEX.fullmatch(value):
        yield Fault(path, "INVALID_HEX", "expected 0x and hex digits")
    elif (len(value) - 2) % 64:
        yield Fault(path, "INVALID_DATA_LENGTH", f"{len(value) - 2} hex digits are not whole words of 32 bytes")


def _timestamp(path: str, value: Any, now_ms: int) -> Verdict:
    if isinstance(value, str) and _is_iso(value):
        value = to_millis(value)
    if type(value) is not int:
        yield _wrong_type(path, "epoch milliseconds or an ISO 8601 time")
    elif fault := timestamp_fault(value, now_ms):
        yield Fault(path, *fault)


def _is_iso(value: str) -> bool:
    try:
        return len(value) <= 40 and datetime.fromisoformat(value).year >= 1970
    except ValueError:
        return False


def _removed(path: str, value: Any, _: int) -> Verdict:
    if not isinstance(value, bool):
        yield _wrong_type(path, "a boolean")


_CHECKS: dict[str, Check] = {
    "chainId": _whole(1, MAX_SAFE),
    "blockNumber": _whole(0, MAX_SAFE),
    "blockHash": _hash,
    "transactionHash": _hash,
    "logIndex": _whole(0, MAX_LOG_INDEX),
    "address": _address,
    "topics": _topics,
    "data": _data,
    "timestamp": _timestamp,
    "removed": _removed,
}
_OPTIONAL: dict[str, Any] = {"timestamp": None, "removed": False}
FIELDS = tuple(_CHECKS)
