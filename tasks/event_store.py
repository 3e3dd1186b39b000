"""Takes checked events into the store, or only counts what would become of them.

One call is one transaction of the caller: events, what derives from them, candles and marks change together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import Any

from sqlalchemy import Connection

from models.data.abi import WORD
from models.data.derive import SWAP_TOPICS, derive
from models.data.event_columns import Columns
from models.data.ledger import Block, Entry, Ledger, Outcome
from storage import events, trades, transfers
from storage.engine import insert_rows
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
        ledger.entries[key] = Entry(row.id, block, live, live)
    return ledger


def save(connection: Connection, columns: Columns, ledger: Ledger, outcome: Outcome) -> None:
    """Write what `ledger.apply(columns)` decided."""
    taken = _undo(connection, [entry for entry in outcome.changed if entry.was_live])
    _save_blocks(connection, ledger.blocks.values())
    live = _insert_fresh(connection, columns, ledger, outcome.fresh)
    live += _save_changed(connection, columns, outcome.changed)
    moved, traded = derive(columns, live)
    insert_rows(connection, transfers.TRANSFERS, moved)
    insert_rows(connection, trades.TRADES, traded)
    update_candles(connection, traded, taken)
    marks = [(c, *mark, ledger.tips.get(c, 0), ledger.kept_from.get(c, 0)) for c, mark in ledger.marks.items()]
    events.set_chains(connection, marks)


def _undo(connection: Connection, entries: Sequence[Entry]) -> list[tuple[bytes, int, int]]:
    """Delete what derives from events that were live; (pool, chain, time) of the trades that went."""
    ids = [entry.id for entry in entries if entry.id is not None]
    transfers.delete_transfers(connection, ids)
    swaps = [
        row
        for row in events.located(connection, ids)
        if bytes(row.topics)[:WORD] in SWAP_TOPICS and row.timestamp is not None
    ]
    keys = [(bytes(r.address), r.chain_id, r.timestamp, r.number, r.log_index, r.id) for r in swaps]
    trades.delete_trades(connection, keys)
    return [key[:3] for key in keys]


def _save_blocks(connection: Connection, blocks: Iterable[Block]) -> None:
    fresh: list[tuple[Any, ...]] = []
    grown: list[tuple[int, int]] = []
    first = events.next_id(connection, events.BLOCKS)
    for block in blocks:
        if block.id is None:
            block.id = first + len(fresh)
            fresh.append((block.id, block.chain_id, block.number, block.hash, block.live))
        elif block.live != block.stored_live:
            grown.append((block.id, block.live))
    insert_rows(connection, events.BLOCKS, fresh)
    events.set_live(connection, grown)


def _insert_fresh(
    connection: Connection, columns: Columns, ledger: Ledger, rows: Sequence[int]
) -> list[tuple[int, int]]:
    """Insert events that were unknown and are live now; (event id, row of the columns) of each."""
    if not rows:
        return []
    first = events.next_id(connection, events.EVENTS)
    live = list(zip(range(first, first + len(rows)), rows, strict=True))
    blocks = {(b.chain_id, b.number, b.hash): b.id for b in ledger.blocks.values()}
    owners = map(blocks.__getitem__, zip(columns.chain_id, columns.number, columns.block_hash, strict=True))
    fields = (
        owners,
        columns.transaction_hash,
        columns.log_index,
        repeat(0),
        columns.address,
        columns.topics,
        columns.data,
        columns.timestamp,
    )
    if len(rows) == len(columns):
        insert_rows(connection, events.EVENTS, list(zip((event_id for event_id, _ in live), *fields, strict=False)))
    else:
        content = list(zip(*fields, strict=False))
        insert_rows(connection, events.EVENTS, [(event_id, *content[row]) for event_id, row in live])
    return live


def _save_changed(connection: Connection, columns: Columns, changed: Sequence[Entry]) -> list[tuple[int, int]]:
    """Insert, replace or mark events one by one; (event id, row of the columns) of those accepted that are live now."""
    if not changed:
        return []
    rows, replaced, removed, live = [], [], [], []
    following = events.next_id(connection, events.EVENTS)
    for entry in changed:
        row = entry.source
        if row < 0:
            removed.append(entry.id)
            continue
        if entry.id is None:
            entry.id, following = following, following + 1
        else:
            replaced.append(entry.id)
        content = (columns.address[row], columns.topics[row], columns.data[row], columns.timestamp[row])
        position = (columns.transaction_hash[row], columns.log_index[row], int(not entry.live))
        rows.append((entry.id, entry.block.id, *position, *content))
        if entry.live:
            live.append((entry.id, row))
    events.set_removed(connection, filter(None, removed))
    events.delete_events(connection, replaced)
    insert_rows(connection, events.EVENTS, rows)
    return live
