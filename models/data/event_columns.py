"""Many blockchain events checked at once, as columns.

Whole columns are joined and turned into bytes in one call each: what succeeds is well formed. Only an event that stands
out in some column is looked at by itself, by `check_event`, whose word is the last one.
"""

from __future__ import annotations

from binascii import unhexlify
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache
from itertools import accumulate, chain, pairwise
from operator import itemgetter
from typing import Any

from models.data.checksum import checksum_holds
from models.data.event_check import (
    ADDRESS,
    CLOCK_TOLERANCE_MS,
    EARLIEST_MILLIS,
    FIELDS,
    HASH,
    HEX,
    LATEST_MILLIS,
    MAX_LOG_INDEX,
    MAX_SAFE,
    MAX_TOPICS,
    Fault,
    check_event,
)

_REQUIRED = FIELDS[:8]
_GET, _GET_ALL = itemgetter(*_REQUIRED), itemgetter(*FIELDS)
_PART = 1000
_NO_ROWS: Sequence[Sequence[Any]] = [()] * len(FIELDS)
_TEXT, _WHOLE, _LIST = {str}, {int}, {list}
_MAYBE_WHOLE, _MAYBE_FLAG = {int, type(None)}, {bool, type(None)}


@dataclass(frozen=True)
class Columns:
    """Valid events; one sequence a field, hex as bytes."""

    index: Sequence[int]
    """Where each stood in the list that was checked."""
    chain_id: Sequence[int]
    number: Sequence[int]
    block_hash: Sequence[bytes]
    transaction_hash: Sequence[bytes]
    log_index: Sequence[int]
    address: Sequence[bytes]
    timestamp: Sequence[int | None]
    removed: Sequence[bool | None]
    topic_counts: Sequence[int]
    topic_bytes: bytes
    data_lengths: Sequence[int]
    data_bytes: bytes

    def __len__(self) -> int:
        return len(self.index)

    @cached_property
    def topics(self) -> list[bytes]:
        """The topics of each event, 32 bytes each, one after the other."""
        return _cut(self.topic_bytes, [32 * count for count in self.topic_counts])

    @cached_property
    def data(self) -> list[bytes]:
        return _cut(self.data_bytes, self.data_lengths)


@dataclass(frozen=True)
class Rejected:
    """A malformed event, and the first thing that is wrong with it."""

    index: int
    fault: Fault
    event: Any


def check_events(events: Sequence[Any], now_ms: int) -> tuple[Columns, list[Rejected]]:
    """The valid events as columns, and the malformed ones, both in order.

    Works through parts that fit into a processor's cache, as every text is looked at more than once.
    """
    parts = [_check_part(events, start, now_ms) for start in range(0, max(len(events), 1), _PART)]
    rejected = [refused for _, found in parts for refused in found]
    return _together([columns for columns, _ in parts]), rejected


def _together(parts: Sequence[Columns]) -> Columns:
    def joined(name: str) -> Any:
        return list(chain.from_iterable(getattr(part, name) for part in parts))

    if len(parts) == 1:
        return parts[0]
    lists = {f.name: joined(f.name) for f in fields(Columns) if f.name not in ("topic_bytes", "data_bytes")}
    topics, data = (b"".join(getattr(part, name) for part in parts) for name in ("topic_bytes", "data_bytes"))
    return Columns(**lists, topic_bytes=topics, data_bytes=data)


def _check_part(whole: Sequence[Any], start: int, now_ms: int) -> tuple[Columns, list[Rejected]]:
    events = whole[start : start + _PART]
    index: Sequence[int] = range(start, start + len(events))
    rejected: list[Rejected] = []
    if (table := _table(events)) is None:
        index, events = _settle(index, events, _odd_shapes(events), now_ms, rejected)
        table = _table(events)
    odd: set[int] = set()
    columns = _columns(index, table or _NO_ROWS, now_ms, odd)
    if odd:
        index, events = _settle(index, events, odd, now_ms, rejected)
        columns = _columns(index, _table(events) or _NO_ROWS, now_ms, again := set[int]())
        if again:
            raise AssertionError(f"an event passes by itself and not among others: {events[min(again)]!r}"[:500])
    return columns, sorted(rejected, key=lambda refused: refused.index)


def _settle(
    index: Sequence[int], events: Sequence[Any], odd: set[int], now_ms: int, rejected: list[Rejected]
) -> tuple[Sequence[int], Sequence[Any]]:
    """Reject the malformed among the odd, and put the others into normal form."""
    normal: dict[int, Any] = {}
    for position in sorted(odd):
        event = events[position]
        checked = check_event(event, now_ms) if type(event) is dict else None
        if checked and not checked.faults:
            normal[position] = checked.event
        else:
            fault = checked.faults[0] if checked else Fault("", "WRONG_TYPE", "expected an object")
            rejected.append(Rejected(index[position], fault, event))
    left = [position for position in range(len(events)) if position not in odd or position in normal]
    return [index[p] for p in left], [normal.get(p, events[p]) for p in left]


@lru_cache(maxsize=1024)
def _shape_holds(names: tuple[str, ...]) -> bool:
    return set(_REQUIRED) <= set(names) <= set(FIELDS)


def _odd_shapes(events: Sequence[Any]) -> set[int]:
    """Events that are no objects, lack a field, or have one too many."""
    return {i for i, event in enumerate(events) if type(event) is not dict or not _shape_holds(tuple(event))}


def _table(events: Sequence[Any]) -> Sequence[Sequence[Any]] | None:
    """The values of each field, None where an optional one is absent; None where some shape is odd."""
    if not {dict}.issuperset(map(type, events)):
        return None
    if {len(FIELDS)}.issuperset(map(len, events)):
        try:
            return list(zip(*map(_GET_ALL, events), strict=True)) or _NO_ROWS
        except KeyError:
            return None
    if not all(map(_shape_holds, set(map(tuple, events)))):
        return None
    optional = ([event.get(name) for event in events] for name in FIELDS[len(_REQUIRED) :])
    return [*zip(*map(_GET, events), strict=True), *optional]


def _columns(index: Sequence[int], table: Sequence[Sequence[Any]], now_ms: int, odd: set[int]) -> Columns:
    """All columns; the positions of events that stand out go to `odd`, and then the columns are of no use."""
    chain_id, number, block_hash, transaction_hash, log_index, address, topics, data, timestamp, removed = table
    counts = _counts(topics, odd)
    return Columns(
        index=index,
        chain_id=_whole(chain_id, 1, MAX_SAFE, odd),
        number=_whole(number, 0, MAX_SAFE, odd),
        block_hash=_repeated(block_hash, 32, _is_hash, odd),
        transaction_hash=_split(_fixed(transaction_hash, 32, _is_hash, odd), 32),
        log_index=_whole(log_index, 0, MAX_LOG_INDEX, odd),
        address=_repeated(address, 20, _is_address, odd),
        timestamp=_times(timestamp, now_ms, odd),
        removed=_flags(removed, odd),
        topic_counts=counts,
        topic_bytes=_topics(topics, counts, odd) if counts else b"",
        data_lengths=[len(text) // 2 - 1 for text in data] if _TEXT.issuperset(map(type, data)) else [],
        data_bytes=_data(data, odd),
    )


def _split(content: bytes, size: int) -> list[bytes]:
    import numpy as np

    found: list[bytes] = np.frombuffer(content, dtype=f"V{size}").tolist()
    return found


def _cut(content: bytes, lengths: Sequence[int]) -> list[bytes]:
    return [content[start:end] for start, end in pairwise(accumulate(lengths, initial=0))]


def _note(values: Sequence[Any], holds: Callable[[Any], bool], odd: set[int]) -> None:
    odd.update(i for i, value in enumerate(values) if not holds(value))


def _is_hash(value: Any) -> bool:
    return type(value) is str and value[1:2] == "x" and HASH.fullmatch(value) is not None


def _is_address(value: Any) -> bool:
    return type(value) is str and value[1:2] == "x" and ADDRESS.fullmatch(value) is not None and checksum_holds(value)


def _is_data(value: Any) -> bool:
    return type(value) is str and value[1:2] == "x" and len(value) % 64 == 2 and HEX.fullmatch(value) is not None


def _whole(values: Sequence[Any], low: int, high: int, odd: set[int]) -> Sequence[int]:
    if not _WHOLE.issuperset(map(type, values)) or (values and not low <= min(values) <= max(values) <= high):
        _note(values, lambda value: type(value) is int and low <= value <= high, odd)
    return values


def _unhex(digits: str | bytes) -> bytes | None:
    try:
        return unhexlify(digits)
    except ValueError:
        return None


def _fixed(values: Sequence[Any], size: int, holds: Callable[[Any], bool], odd: set[int]) -> bytes:
    """The joined bytes of hex texts of one size."""
    import numpy as np

    length = 2 * size + 2
    joined = _join(values)
    if joined is not None and joined.isascii() and {length}.issuperset(map(len, values)):
        table = np.frombuffer(joined.encode(), np.uint8).reshape(len(values), length)
        if joined[::length] == "0" * len(values) and joined[1::length] == "x" * len(values):
            content = _unhex(table[:, 2:].tobytes())
            if content is not None and (size != 20 or joined.islower() or all(map(checksum_holds, values))):
                return content
    _note(values, holds, odd)
    return b""


def _join(values: Sequence[Any]) -> str | None:
    try:
        return "".join(values)
    except TypeError:
        return None


def _repeated(values: Sequence[Any], size: int, holds: Callable[[Any], bool], odd: set[int]) -> Sequence[bytes]:
    """The bytes of each, where few differ: each text is looked at once."""
    if not _TEXT.issuperset(map(type, values)):
        _note(values, holds, odd)
        return []
    texts = list(dict.fromkeys(values))
    wrong: set[int] = set()
    content = _fixed(texts, size, holds, wrong)
    if wrong:
        bad = {texts[i] for i in wrong}
        odd.update(i for i, value in enumerate(values) if value in bad)
        return []
    table = dict(zip(texts, _split(content, size), strict=True))
    return list(map(table.__getitem__, values))


def _counts(topics: Sequence[Any], odd: set[int]) -> Sequence[int]:
    if not _LIST.issuperset(map(type, topics)):
        _note(topics, lambda value: type(value) is list, odd)
        return []
    counts = list(map(len, topics))
    if counts and max(counts) > MAX_TOPICS:
        odd.update(i for i, count in enumerate(counts) if count > MAX_TOPICS)
    return counts


def _topics(topics: Sequence[list[Any]], counts: Sequence[int], odd: set[int]) -> bytes:
    wrong: set[int] = set()
    content = _fixed(list(chain.from_iterable(topics)), 32, _is_hash, wrong)
    if wrong:
        owners = [i for i, count in enumerate(counts) for _ in range(count)]
        odd.update(owners[position] for position in wrong)
    return content


def _data(values: Sequence[Any], odd: set[int]) -> bytes:
    if _TEXT.issuperset(map(type, values)):
        whole = {2}.issuperset(length % 64 for length in set(map(len, values)))
        if whole and all(text.startswith("0x") for text in values):
            content = _unhex("".join([text[2:] for text in values]))
            if content is not None:
                return content
    _note(values, _is_data, odd)
    return b""


def _times(values: Sequence[Any], now_ms: int, odd: set[int]) -> Sequence[int | None]:
    latest = min(now_ms + CLOCK_TOLERANCE_MS, LATEST_MILLIS - 1)
    present = list(filter(None, values)) if _MAYBE_WHOLE.issuperset(map(type, values)) else None
    if present is None or 0 in values or (present and not EARLIEST_MILLIS <= min(present) <= max(present) <= latest):
        _note(values, lambda v: v is None or (type(v) is int and EARLIEST_MILLIS <= v <= latest), odd)
    return values


def _flags(values: Sequence[Any], odd: set[int]) -> Sequence[bool | None]:
    if not _MAYBE_FLAG.issuperset(map(type, values)):
        _note(values, lambda value: value is None or type(value) is bool, odd)
    return values
