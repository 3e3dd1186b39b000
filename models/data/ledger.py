"""Which events are live: duplicates, removals and returns, decided one after the other.

An event is known by (chain, block hash, transaction hash, log index). One that is unknown is accepted. A removal takes
back a live event; any other removal is a duplicate. An event that was taken back is accepted again only while no other
block of its height is live; otherwise, and where it is live, it is a duplicate. A block is live while one of its events
is. Accepted below the highest accepted (block number, log index) of its chain, an event is out of order; a removal
lowers that mark to before its block.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from operator import le, lt
from typing import TypeVar

from models.data.event_columns import Columns

_T = TypeVar("_T")
Key = tuple[int, bytes, bytes, int]
"""Chain, block hash, transaction hash, log index."""
Height = tuple[int, int]
"""Chain, block number."""
Mark = tuple[int, int]
"""Block number and log index; (-1, -1) before all."""
NOTHING: Mark = (-1, -1)


@dataclass(slots=True)
class Block:
    """One block of which an event is known."""

    chain_id: int
    number: int
    hash: bytes
    id: int = 0
    """Row in the store; 0 for a block that it does not hold yet."""
    live: int = 0
    stored_live: int = 0
    """As the store has it."""
    places: int = 0
    """Events of the block that the store has numbered."""


@dataclass(slots=True)
class Entry:
    """One known event."""

    key: Key
    block: Block
    live: bool
    was_live: bool = False
    id: int = 0
    """In the store; 0 for an event that it does not hold yet."""
    stored: Block | None = None
    """The block under which the store holds it."""
    source: int = -1
    """Row of the columns that it was last accepted from; -1 where the store's content stands."""


@dataclass
class Counts:
    """What became of the events."""

    accepted: int = 0
    duplicates: int = 0
    reorged: int = 0
    out_of_order: int = 0
    expired: list[int] = field(default_factory=list)
    """Rows of events too old to be known: retention gave up their blocks."""
    deepest_reorg: int = 0
    """Blocks from the highest one that was known down to the lowest one taken back, both counted."""


@dataclass(frozen=True)
class Outcome:
    """What `Ledger.apply` decided."""

    counts: Counts
    fresh: Sequence[int] = ()
    """Rows of events that were unknown and are live now."""
    changed: Sequence[Entry] = ()
    """All other entries that changed."""


@dataclass
class Ledger:
    """What is known of the events of some blocks; complete for every block and height that it is asked about."""

    entries: dict[Key, Entry] = field(default_factory=dict)
    blocks: dict[tuple[int, int, bytes], Block] = field(default_factory=dict)
    heights: dict[Height, list[Block]] = field(default_factory=dict)
    marks: dict[int, Mark] = field(default_factory=dict)
    tips: dict[int, int] = field(default_factory=dict)
    """Highest block ever accepted by chain, whatever was taken back since."""

    kept_from: dict[int, int] = field(default_factory=dict)
    """By chain, the first block whose events are still known."""
    _unsettled: tuple[Columns, dict[Key, int]] | None = None

    def add_block(self, block: Block) -> Block:
        """Know a block; the one that is known already where there is one."""
        known = self.blocks.setdefault((block.chain_id, block.number, block.hash), block)
        if known is block:
            self.heights.setdefault((block.chain_id, block.number), []).append(block)
        return known

    def apply(self, columns: Columns) -> Outcome:
        """Decide on every event in order."""
        self._settle()
        keys = list(zip(columns.chain_id, columns.block_hash, columns.transaction_hash, columns.log_index, strict=True))
        if self._all_unknown(columns, keys):
            return self._accept_all(columns, keys)
        return self._apply_each(columns, keys)

    def _all_unknown(self, columns: Columns, keys: list[Key]) -> bool:
        return (
            len(set(columns.chain_id)) == 1
            and not any(columns.removed)
            and min(columns.number) >= self.kept_from.get(columns.chain_id[0], 0)
            and self.entries.keys().isdisjoint(keys)
        )

    def _accept_all(self, columns: Columns, keys: list[Key]) -> Outcome:
        """As `_apply_each` does, for events of one chain that nothing is known of: each is accepted once."""
        rows: Sequence[int] = range(len(keys))
        first = dict(zip(reversed(keys), reversed(rows), strict=True))
        if len(first) < len(keys):
            rows = sorted(first.values())
        counts = Counts(accepted=len(rows), duplicates=len(keys) - len(rows))
        [chain_id] = set(columns.chain_id)
        positions = [*zip(pick(columns.number, rows), pick(columns.log_index, rows), strict=True)]
        mark = self.marks.get(chain_id, NOTHING)
        if positions[0] < mark or not all(map(le, positions, positions[1:])):
            counts.out_of_order = sum(map(lt, positions, accumulate(positions, max, initial=mark)))
        self.marks[chain_id] = max(mark, max(positions) if counts.out_of_order else positions[-1])
        self.tips[chain_id] = max(self.marks[chain_id][0], self.tips.get(chain_id, 0))
        grown = Counter(zip(pick(columns.number, rows), pick(columns.block_hash, rows), strict=True))
        for (number, block_hash), count in grown.items():
            self.add_block(Block(chain_id, number, block_hash)).live += count
        self._unsettled = (columns, first)
        return Outcome(counts, fresh=rows)

    def _settle(self) -> None:
        """Make entries of the events that were accepted all at once."""
        if self._unsettled is None:
            return
        columns, first = self._unsettled
        for key, row in first.items():
            block = self.blocks[key[0], columns.number[row], key[1]]
            self.entries[key] = Entry(key, block, True, source=row)
        self._unsettled = None

    def _apply_each(self, columns: Columns, keys: list[Key]) -> Outcome:
        counts, changed = Counts(), dict[int, Entry]()
        for row, (key, number, removed) in enumerate(zip(keys, columns.number, columns.removed, strict=True)):
            if number < self.kept_from.get(key[0], 0):
                counts.expired.append(row)
                continue
            entry = self.entries.get(key)
            if removed:
                if entry is None or not entry.live:
                    counts.duplicates += 1
                    continue
                self._take_back(entry, counts)
            elif entry is None:
                entry = self._accept_new(key, number, counts)
                entry.source = row
            elif entry.live or self._other_is_live(key, number):
                counts.duplicates += 1
                continue
            else:
                self._accept_again(entry, number, key, counts)
                entry.source = row
            changed[id(entry)] = entry
        return Outcome(counts, changed=list(changed.values()))

    def contested(self) -> dict[Height, bool]:
        """Whether more than one block is live at a height; one of them should have been taken back."""
        return {height: sum(block.live > 0 for block in blocks) > 1 for height, blocks in self.heights.items()}

    def last_block(self, chain_ids: Iterable[int]) -> Block | None:
        """The highest live block among those known here."""
        chains = set(chain_ids)
        live = (block for block in self.blocks.values() if block.live > 0 and block.chain_id in chains)
        return max(live, key=lambda block: block.number, default=None)

    def _accept_new(self, key: Key, number: int, counts: Counts) -> Entry:
        chain_id, block_hash, _, log_index = key
        block = self.blocks.get((chain_id, number, block_hash)) or self.add_block(Block(chain_id, number, block_hash))
        block.live += 1
        self._advance(chain_id, (number, log_index), counts)
        entry = self.entries[key] = Entry(key, block, True)
        return entry

    def _accept_again(self, entry: Entry, number: int, key: Key, counts: Counts) -> None:
        chain_id, block_hash, _, log_index = key
        entry.block = self.add_block(Block(chain_id, number, block_hash))
        entry.block.live += 1
        entry.live = True
        self._advance(chain_id, (number, log_index), counts)

    def _advance(self, chain_id: int, position: Mark, counts: Counts) -> None:
        counts.accepted += 1
        if position < self.marks.get(chain_id, NOTHING):
            counts.out_of_order += 1
        else:
            self.marks[chain_id] = position
            self.tips[chain_id] = max(position[0], self.tips.get(chain_id, 0))

    def _take_back(self, entry: Entry, counts: Counts) -> None:
        block = entry.block
        entry.live = False
        block.live -= 1
        counts.reorged += 1
        depth = self.tips.get(block.chain_id, block.number) - block.number + 1
        counts.deepest_reorg = max(counts.deepest_reorg, depth)
        self.marks[block.chain_id] = min(self.marks.get(block.chain_id, NOTHING), (block.number, -1))

    def _other_is_live(self, key: Key, number: int) -> bool:
        return any(other.live > 0 and other.hash != key[1] for other in self.heights.get((key[0], number), ()))


def pick(values: Sequence[_T], rows: Sequence[int]) -> Sequence[_T]:
    """The values of some rows, which are different ones."""
    return values if len(rows) == len(values) else [values[row] for row in rows]
