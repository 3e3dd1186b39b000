"""Token transfers and pool trades that events stand for, as rows of the store.

A trade's base is token0 and its quote token1, as the trader sees them: he buys where token0 leaves the pool. A swap
that does not exchange one for the other (nothing on one side, or both in the same direction) is no trade.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from struct import Struct

from models.data.abi import WORD, Data, LayoutMismatch, codec, decode_sequence
from models.data.event_columns import Columns

_TRANSFER = bytes.fromhex("ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef")
_SINGLE = bytes.fromhex("c3d58168c5ae7397731d063d5bbf3d657854427343f4c083240f7aacaa2d0f62")
_BATCH = bytes.fromhex("4a39dc06d4c0dbc64b70af90fd698a233a518aa5d07e595d983b8c0526c8f7fb")
_SWAP_V2 = bytes.fromhex("d78ad95fa46c994b6551d0da85fc275fe613ce37657fb8d5e3d130840159d822")
_SWAP_V3 = bytes.fromhex("c42079f94a6350d7e6235f29174924f928cc2ac818eb64fed8004e115fbcca67")
_PAD = bytes(12)
_FOUR_WORDS = Struct("32s32s32s32s")
_SIDES = Struct("32x 12s20s 12s20s")


Transfer = tuple[int, int, int, bytes, int, bytes, bytes, str, str | None, int | None]
"""Event id, item, chain, token, standard, sender, recipient, value, token id, time: a row of the table `transfers`."""
Trade = tuple[bytes, int, int, int, int, int, str, str, int]
"""Pool, chain, time, block, log index, event id, base, quote, whether bought: a row of the table `trades`."""
Live = tuple[int, int]
"""An event that is live: its id, and its row of the columns."""
Exchanged = tuple[int, int]
"""Amounts of token0 and token1 that the trader received; negative where he gave them."""


def derive(columns: Columns, accepted: Iterable[Live]) -> tuple[list[Transfer], list[Trade]]:
    """The transfers and trades of accepted events, kind by kind. Trades need a time."""
    alike: dict[bytes, list[Live]] = {topic: [] for topic in (*_MOVES, *_SWAPS)}
    others: list[Live] = []
    topics = columns.topics
    for live in accepted:
        alike.get(topics[live[1]][:WORD], others).append(live)
    transfers = [row for topic, moves in _MOVES.items() for row in moves(columns, alike[topic])]
    trades = [row for topic, swap in _SWAPS.items() for row in _trades(columns, alike[topic], swap)]
    return transfers, trades


def _trades(
    columns: Columns, accepted: Iterable[Live], swap: Callable[[bytes, bytes], Exchanged | None]
) -> Iterator[Trade]:
    all_topics, all_data = columns.topics, columns.data
    chains, addresses, numbers, logs = columns.chain_id, columns.address, columns.number, columns.log_index
    for event_id, row in accepted:
        timestamp = columns.timestamp[row]
        if timestamp is not None and (exchanged := swap(all_topics[row], all_data[row])):
            base, quote = exchanged
            if base * quote < 0:
                position = (timestamp, numbers[row], logs[row], event_id)
                yield addresses[row], chains[row], *position, str(abs(base)), str(abs(quote)), int(base > 0)


def _sides(topics: bytes) -> tuple[bytes, bytes] | None:
    """The addresses in the second and third topic; None where they are none."""
    before, one, between, other = _SIDES.unpack_from(topics)
    return (one, other) if before == between == _PAD else None


def _transfers(columns: Columns, accepted: Iterable[Live]) -> Iterator[Transfer]:
    """Of ERC-20 tokens, and of ERC-721 tokens, which have a fourth topic and no data."""
    all_topics, all_data = columns.topics, columns.data
    chains, addresses, times = columns.chain_id, columns.address, columns.timestamp
    for event_id, row in accepted:
        topics, data = all_topics[row], all_data[row]
        shape = (len(topics), len(data))
        if shape in _TRANSFER_SHAPES and (sides := _sides(topics)):
            what = (event_id, 0, chains[row], addresses[row])
            if data:
                yield *what, 20, *sides, str(int.from_bytes(data)), None, times[row]
            else:
                yield *what, 721, *sides, "1", str(int.from_bytes(topics[3 * WORD :])), times[row]


_TRANSFER_SHAPES = {(3 * WORD, WORD), (4 * WORD, 0)}


def _holders(topics: bytes) -> tuple[bytes, bytes] | None:
    """Sender and recipient of an ERC-1155 transfer, which stand behind the operator."""
    return _sides(topics[WORD:]) if len(topics) == 4 * WORD and topics[WORD : WORD + 12] == _PAD else None


def _items(
    contents: Callable[[bytes], Iterable[tuple[str, str]]],
) -> Callable[[Columns, Iterable[Live]], Iterator[Transfer]]:
    """Transfers of ERC-1155 tokens, whose data holds (value, token id) of each item."""

    def transfers(columns: Columns, accepted: Iterable[Live]) -> Iterator[Transfer]:
        for event_id, row in accepted:
            if sides := _holders(columns.topics[row]):
                what, timestamp = (columns.chain_id[row], columns.address[row], 1155, *sides), columns.timestamp[row]
                for item, content in enumerate(contents(columns.data[row])):
                    yield event_id, item, *what, *content, timestamp

    return transfers


def _single(data: bytes) -> Iterable[tuple[str, str]]:
    if len(data) == 2 * WORD:
        yield str(int.from_bytes(data[WORD:])), str(int.from_bytes(data[:WORD]))


_TWO_LISTS = [codec("uint256[]"), codec("uint256[]")]


def _batch(data: bytes) -> Iterable[tuple[str, str]]:
    try:
        ids, values = decode_sequence(_TWO_LISTS, Data(data))
    except LayoutMismatch:
        return ()
    return zip(values, ids, strict=True) if len(ids) == len(values) else ()


def _swap_v2(topics: bytes, data: bytes) -> Exchanged | None:
    if len(topics) != 3 * WORD or len(data) != 4 * WORD or not _sides(topics):
        return None
    in0, in1, out0, out1 = map(int.from_bytes, _FOUR_WORDS.unpack(data))
    return out0 - in0, out1 - in1


def _swap_v3(topics: bytes, data: bytes) -> Exchanged | None:
    if len(topics) != 3 * WORD or len(data) != 5 * WORD or not _sides(topics):
        return None
    return -int.from_bytes(data[:WORD], signed=True), -int.from_bytes(data[WORD : 2 * WORD], signed=True)


_MOVES: dict[bytes, Callable[[Columns, Iterable[Live]], Iterator[Transfer]]] = {
    _TRANSFER: _transfers,
    _SINGLE: _items(_single),
    _BATCH: _items(_batch),
}
_SWAPS: dict[bytes, Callable[[bytes, bytes], Exchanged | None]] = {_SWAP_V2: _swap_v2, _SWAP_V3: _swap_v3}
SWAP_TOPICS = frozenset(_SWAPS)
"""First topics of events that may be trades."""
