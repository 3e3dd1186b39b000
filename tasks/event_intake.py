"""Events in, counts out: what data.process-event-stream does with events wherever they come from."""

from __future__ import annotations

import gc
import hashlib
import json
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import from_json
from sqlalchemy import Connection

from foundation.collector import paused
from foundation.errors import Conflict
from foundation.settings import Settings
from models.data.event_check import Fault
from models.data.event_columns import Rejected, check_events
from models.data.ledger import Counts, Ledger
from storage import events
from storage.engine import Store
from storage.feed import Entry, Feed
from storage.retention import prune
from tasks.event_store import known, save

CHUNK = 20000
"""Events compared with the store at once."""
_LISTED = 1000
_BODY = 8000
_ENTRIES = 1000
_TOO_OLD = Fault("blockNumber", "BELOW_RETENTION", "events of this block are no longer kept")
log = logging.getLogger(__name__)


@dataclass
class Totals:
    """What became of the events so far."""

    received: int = 0
    accepted: int = 0
    duplicates: int = 0
    reorged: int = 0
    out_of_order: int = 0
    rejected_count: int = 0
    rejected: list[tuple[int, Fault]] = field(default_factory=list)
    """The first of them, by position among the events received."""
    stored: int = 0
    reorg_depth: int = 0
    chains: set[int] = field(default_factory=set)
    contested: dict[tuple[int, int], bool] = field(default_factory=dict)
    """Whether more than one block is live at a height."""

    def add(self, received: int, counts: Counts, rejected: Sequence[Rejected]) -> None:
        room = _LISTED - len(self.rejected)
        self.rejected += [(self.received + r.index, r.fault) for r in rejected[:room]]
        self.rejected_count += len(rejected)
        self.received += received
        self.accepted += counts.accepted
        self.duplicates += counts.duplicates
        self.reorged += counts.reorged
        self.out_of_order += counts.out_of_order
        self.reorg_depth = max(self.reorg_depth, counts.deepest_reorg)


class Intake:
    """Takes events in, chunk by chunk; with `keep` off, only counts what would become of them."""

    def __init__(self, store: Store, settings: Settings, *, keep: bool) -> None:
        self.store = store
        self.settings = settings
        self.keep = keep
        self.totals = Totals()
        self._imagined = None if keep else Ledger()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        with self.store.write() if self.keep else self.store.read() as connection:
            yield connection

    def take(self, connection: Connection, batch: Sequence[Any]) -> None:
        """One chunk, within the caller's transaction."""
        columns, rejected = check_events(batch, int(time.time() * 1000))
        ledger = known(connection, columns, self._imagined)
        outcome = ledger.apply(columns)
        counts = outcome.counts
        rejected += [Rejected(columns.index[row], _TOO_OLD, batch[columns.index[row]]) for row in counts.expired]
        if self.keep:
            save(connection, columns, ledger, outcome)
            events.keep_dead(connection, [_dead(r) for r in rejected], self.settings.dead_events)
            prune(connection, ledger.tips, ledger.kept_from, self.settings.event_retention_blocks)
            self.totals.stored += counts.accepted
        self.totals.add(len(batch), counts, sorted(rejected, key=lambda r: r.index))
        self.totals.chains |= set(columns.chain_id)
        self.totals.contested |= ledger.contested()

    def last_block(self, connection: Connection) -> int | None:
        """The highest live block of the chains that were met (of all, where none was)."""
        if self._imagined is None:
            found = events.last_live_block(connection, self.totals.chains)
            return found.number if found else None
        mine = self._imagined.last_block(self.totals.chains)
        ids = [block.id for block in self._imagined.blocks.values() if block.id]
        stored = events.last_live_block(connection, self.totals.chains, without=ids)
        return max((block.number for block in (mine, stored) if block), default=None)

    def alarms(self) -> list[str]:
        """What an operator should look at."""
        found = []
        if self.totals.reorg_depth > self.settings.deep_reorg_blocks:
            found.append(f"a reorg went {self.totals.reorg_depth} blocks deep")
        contested = sorted(height for height, several in self.totals.contested.items() if several)
        found += [f"chain {c}: several blocks are live at height {n}: a removal is missing" for c, n in contested[:10]]
        for alarm in found:
            log.warning(alarm)
        return found


def take_list(intake: Intake, batch: Sequence[Any], progress: Callable[[int, int], None]) -> int | None:
    """All events of a list in one transaction; the last block."""
    with intake.transaction() as connection:
        for start in range(0, len(batch), CHUNK):
            with paused():
                intake.take(connection, batch[start : start + CHUNK])
            progress(intake.totals.received, len(batch))
        return intake.last_block(connection)


def take_stream(
    intake: Intake, feed: Feed, most: int, until: float, progress: Callable[[int, int], None]
) -> int | None:
    """Entries of a stream from where the store stands, one transaction a few entries; the last block.

    Ends with the stream (or, before `until` in monotonic seconds, waits for more) or when `most` events were received.
    Raises Conflict where another consumer of the group takes entries at the same time.
    """
    if intake.keep:
        feed.make_group()
    with intake.store.read() as connection:
        position = events.cursor_of(connection, feed.stream, feed.group) or feed.group_position()
    count = 2
    while intake.totals.received < most:
        if not (entries := feed.read(position, count)):
            if time.monotonic() >= until:
                break
            feed.wait(position, 500)
        else:
            before = intake.totals.received
            with paused():
                position, taken = _take_entries(intake, feed, position, entries, most)
            if not taken:
                break
            each = (intake.totals.received - before) / taken
            count = min(max(round(CHUNK / max(each, 1)), 1), _ENTRIES)
            gc.collect(0)  # the collector may rest during the whole job, and a stream is followed for an hour
        progress(intake.totals.received, most)
    with intake.store.read() as connection:
        return intake.last_block(connection)


def _take_entries(intake: Intake, feed: Feed, position: str, entries: Sequence[Entry], most: int) -> tuple[str, int]:
    """Take in what fits under `most`, the very first entry anyway; the new position and how many it was."""
    batch: list[Any] = []
    taken, reached = 0, position
    for entry_id, fields in entries:
        found = _events_of(fields)
        so_far = intake.totals.received + len(batch)
        if so_far and so_far + len(found) > most:
            break
        batch += found
        taken, reached = taken + 1, entry_id
    if not taken:
        return position, 0
    with intake.transaction() as connection:
        if intake.keep:
            _move_cursor(connection, feed, position, reached)
        for start in range(0, len(batch), CHUNK):
            intake.take(connection, batch[start : start + CHUNK])
    if intake.keep:
        feed.advance(reached)
    return reached, taken


def _move_cursor(connection: Connection, feed: Feed, position: str, reached: str) -> None:
    present = events.cursor_of(connection, feed.stream, feed.group)
    if present not in (None, position):
        raise Conflict(f"another consumer of group {feed.group!r} reads {feed.stream!r} at the same time")
    events.set_cursor(connection, feed.stream, feed.group, reached)


def _events_of(fields: dict[bytes, bytes]) -> list[Any]:
    """The events of an entry: each field is JSON, a list of events, `{"events": [...]}` or one event."""
    found: list[Any] = []
    for value in fields.values():
        try:
            content = from_json(value, allow_inf_nan=False, cache_strings="keys")
        except ValueError:
            content = value.decode(errors="replace")
        if isinstance(content, dict) and isinstance(content.get("events"), list):
            content = content["events"]
        found += content if isinstance(content, list) else [content]
    return found


def _dead(rejected: Rejected) -> tuple[Any, ...]:
    body = json.dumps(rejected.event)
    digest = hashlib.blake2b(body.encode(), digest_size=16).digest()
    fault = rejected.fault
    return digest, fault.code, fault.path[:200], fault.message[:500], body[:_BODY], int(time.time() * 1000)
