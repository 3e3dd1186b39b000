"""data.validate-blockchain-event: one log, checked and decoded."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from pydantic import Field

from models.data.abi import LayoutMismatch
from models.data.event_check import Fault, check_event
from models.data.known_events import decode, known_events
from schemas.base import Wire
from tasks.operation import operation
from tasks.resources import resources

_TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
EXAMPLE = {
    "chainId": 1,
    "blockNumber": 17000001,
    "blockHash": "0x9b83c12c69edb74f6c8dd5d052765c1adf940e320bd1291696e6fa07829eee71",
    "transactionHash": "0x1f2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f809",
    "logIndex": 4,
    "address": "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48",
    "topics": [_TRANSFER, "0x" + "00" * 12 + "11" * 20, "0x" + "00" * 12 + "d8da6bf26964af9d7eed9e03e53415d37aa96045"],
    "data": "0x" + "0" * 56 + "05f5e100",
    "timestamp": 1681338479000,
}


class Request(Wire):
    """A log as it came; what is wrong with it is the result, not a failure."""

    event: dict[str, Any] = Field(max_length=1000)
    """chainId, blockNumber, blockHash, transactionHash, logIndex, address, topics, data, timestamp?, removed?"""


class Event(Wire):
    """A valid event, hex in lower case."""

    chain_id: int
    block_number: int
    block_hash: str
    transaction_hash: str
    log_index: int
    address: str
    topics: list[str]
    data: str
    timestamp: int | None
    """Epoch milliseconds; null where it came without."""
    removed: bool


class Decoded(Wire):
    """What the log says."""

    name: str
    signature: str
    """As in `Transfer(address,address,uint256)`."""
    args: dict[str, Any]
    """By ABI name: integers as decimal strings, addresses with their EIP-55 checksum."""


class Finding(Wire):
    """One thing at one field."""

    path: str
    code: str
    """An error: MISSING_FIELD, WRONG_TYPE, OUT_OF_RANGE, INVALID_ADDRESS, INVALID_CHECKSUM, INVALID_HASH,
    TOO_MANY_TOPICS, INVALID_HEX, INVALID_DATA_LENGTH, FUTURE_TIMESTAMP, TIMESTAMP_UNIT or UNKNOWN_FIELD. A warning:
    UNKNOWN_EVENT, LAYOUT_MISMATCH or REMOVED."""
    message: str


class Result(Wire):
    """Whether the event can be trusted, and what it says."""

    valid: bool
    event: Event | None
    """The event, normalised; null where it is not valid."""
    decoded: Decoded | None
    """Null where the event is not valid, unknown, or not laid out as its first topic says."""
    errors: list[Finding]
    warnings: list[Finding]


def load() -> object:
    return known_events(resources().settings.event_abis)


@operation(queue="data", cache_ttl=0, load=load, examples=[{"event": EXAMPLE}])
def validate_blockchain_event(requests: list[Request]) -> list[Result]:
    """Check a log's structure and decode it.

    A malformed event is a result with `valid: false` and a code for each field at fault. A valid event that is not
    known, does not fit its layout, or was taken back by a reorg stays valid with a warning.
    """
    now = int(time.time() * 1000)
    return [_judge(request.event, now) for request in requests]


def _judge(raw: dict[str, Any], now_ms: int) -> Result:
    checked = check_event(raw, now_ms)
    if checked.faults:
        return Result(valid=False, event=None, decoded=None, errors=_findings(checked.faults), warnings=[])
    decoded, warnings = _decode(checked.event)
    if checked.event["removed"]:
        warnings.append(Fault("removed", "REMOVED", "the chain took this event back"))
    event = Event.model_validate(checked.event)
    return Result(valid=True, event=event, decoded=decoded, errors=[], warnings=_findings(warnings))


def _decode(event: dict[str, Any]) -> tuple[Decoded | None, list[Fault]]:
    topics = [bytes.fromhex(topic[2:]) for topic in event["topics"]]
    try:
        found = decode(known_events(resources().settings.event_abis), topics, bytes.fromhex(event["data"][2:]))
    except LayoutMismatch as fault:
        return None, [Fault("data", "LAYOUT_MISMATCH", str(fault))]
    if found is None:
        return None, [Fault("topics.0", "UNKNOWN_EVENT", "no known event has this first topic")]
    return Decoded.model_validate(found), []


def _findings(faults: Sequence[Fault]) -> list[Finding]:
    return [Finding(path=f.path, code=f.code, message=f.message) for f in faults]
