"""Takes checked events into the store, or only counts what would become of them.

One call is one transaction of the caller: events, what derives from them, candles and marks change together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any

from sqlalchemy import Connection

from models.data.abi import WORD
from models.data.derive import SWAP_TOPICS, Live, derive
from models.data.event_columns import Columns
from models.data.ledger import Block, Entry, Ledger, Outcome, pick
from storage import events
from storage.engine import delete_rows, insert_columns, insert_rows
from storage.events import BLOCKS, EVENTS, first_event_id
from storage.trades import TRADES
from storage.transfers import TRANSFERS, era_of
from tasks.candle_store import update_candles


def known(connection: Connection, columns: Columns, ledger: Ledger | None = None) -> Ledger:
    """All that the store knows of the blocks and heights of some events, added to `ledger` where one is given."""
    ledger = ledger or Ledger()
    asked: dict[int, tuple[set[int], set[bytes]]] = {}
    for chain_id, number, block_hash in set(zip(columns.chain_id, columns.number, columns.block_hash, strict=True)):
        numbers, hashes = asked.setdefault(chain_id, (set(), set()))
        numbers.add(number)
        hashes.add(block_hash)
    for row in events.chains_of(connection, [chain_id for chain_id in asked if chain_id not in ledger.marks]):
        ledger.marks[row.chain_id] = (row.mark_block, row.mark_log)
        ledger.tips[row.chain_id] = row.tip
        ledger.kept_from[row.chain_id] = row.kept_from
    fresh: dict[int, Block] = {}
    for chain_id, (numbers, hashes) in asked.items():
        for row in events.blocks_of(connection, chain_id, numbers, hashes):
            block = Block(chain_id, row.number, bytes(row.hash), row.id, row.live, row.live)
            if ledger.add_block(block) is block:
                fresh[row.id] = block
    for row in events.events_of(connection, list(fresh)):
        block, live = fresh[row.block_id], not row.removed
        key = (block.chain_id, block.hash, bytes(row.transaction_hash), row.log_index)
        ledger.entries[key] = Entry(key, block, live, live, row.id, block)
        block.places = max(block.places, row.id - first_event_id(block.id) + 1)
    return ledger


def save(connection: Connection, columns: Columns, ledger: Ledger, outcome: Outcome) -> None:
    """Write what `ledger.apply(columns)` decided."""
    taken = _undo(connection, [entry for entry in outcome.changed if entry.was_live])
    _save_blocks(connection, ledger.blocks.values())
    live = _insert_fresh(connection, columns, ledger, outcome.fresh)
    live += _save_changed(connection, columns, outcome.changed)
    moved, traded = derive(columns, live)
    insert_rows(connection, TRANSFERS, [(*row, era_of(row[0])) for row in moved])
    insert_rows(connection, TRADES, traded)
    update_candles(connection, traded, taken)
    marks = [(c, *mark, ledger.tips.get(c, 0), ledger.kept_from.get(c, 0)) for c, mark in ledger.marks.items()]
    events.set_chains(connection, marks)


def _undo(connection: Connection, entries: Sequence[Entry]) -> list[tuple[bytes, int, int]]:
    """Delete what derives from events that were live; (pool, chain, time) of the trades that went."""
    ids = {entry.id for entry in entries}
    delete_rows(connection, TRANSFERS, [(event_id,) for event_id in ids])
    blocks = {entry.stored.id for entry in entries if entry.stored}
    swaps = [
        row
        for row in events.located(connection, list(blocks))
        if row.id in ids and bytes(row.topics)[:WORD] in SWAP_TOPICS and row.timestamp is not None
    ]
    keys = [(bytes(r.address), r.chain_id, r.timestamp, r.number, r.log_index, r.id) for r in swaps]
    delete_rows(connection, TRADES, keys)
    return [key[:3] for key in keys]


def _save_blocks(connection: Connection, blocks: Iterable[Block]) -> None:
    fresh: list[tuple[Any, ...]] = []
    grown: list[tuple[int, int]] = []
    first = events.next_block_id(connection)
    for block in blocks:
        if not block.id:
            block.id = first + len(fresh)
            fresh.append((block.id, block.chain_id, block.number, block.hash, block.live))
        elif block.live != block.stored_live:
            grown.append((block.id, block.live))
    insert_rows(connection, BLOCKS, fresh)
    events.set_live(connection, grown)


def _insert_fresh(connection: Connection, columns: Columns, ledger: Ledger, rows: Sequence[int]) -> list[Live]:
    """Insert events that were unknown and are live now."""
    if not rows:
        return []
    blocks = {(b.chain_id, b.number, b.hash): b.id for b in ledger.blocks.values()}
    owners: Sequence[int] = list(
        map(blocks.__getitem__, zip(columns.chain_id, columns.number, columns.block_hash, strict=True))
    )
    owners = pick(owners, rows)
    free = {block.id: count(first_event_id(block.id) + block.places) for block in ledger.blocks.values()}
    ids = list(map(next, map(free.__getitem__, owners)))
    place = (pick(columns.log_index, rows), pick(columns.transaction_hash, rows))
    content = (pick(values, rows) for values in (columns.address, columns.topics, columns.data, columns.timestamp))
    insert_columns(connection, EVENTS, [owners, *place, ids, [0] * len(ids), *content])
    return list(zip(ids, rows, strict=True))


def _save_changed(connection: Connection, columns: Columns, changed: Sequence[Entry]) -> list[Live]:
    """Insert, replace or mark events one by one; those accepted that are live now."""
    removed, replaced, rows, live = [], [], [], []
    for entry in changed:
        row, place = entry.source, (entry.key[3], entry.key[2])
        if row < 0:
            removed.append((entry.block.id, *place))
            continue
        if entry.stored:
            replaced.append((entry.stored.id, *place))
        if entry.stored is not entry.block:
            entry.id = first_event_id(entry.block.id) + entry.block.places
            entry.block.places += 1
        content = (columns.address[row], columns.topics[row], columns.data[row], columns.timestamp[row])
        rows.append((entry.block.id, *place, entry.id, int(not entry.live), *content))
        if entry.live:
            live.append((entry.id, row))
    events.set_removed(connection, removed)
    delete_rows(connection, EVENTS, replaced)
    insert_rows(connection, EVENTS, rows)
    return live
