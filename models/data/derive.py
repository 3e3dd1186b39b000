"""Token transfers and pool trades that events stand for, as rows of the store.

A trade's base is token0 and its quote token1, as the trader sees them: he buys where token0 leaves the pool. A swap
that does not exchange one for the other (nothing on one side, or both in the same direction) is no trade.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
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
Moved = tuple[int, bytes, bytes, str, str | None]
"""Standard, sender, recipient, value, token id."""
Exchanged = tuple[int, int]
"""Amounts of token0 and token1 that the trader received; negative where he gave them."""


def derive(columns: Columns, accepted: Iterable[tuple[int, int]]) -> tuple[list[Transfer], list[Trade]]:
    """The transfers and trades of accepted events: (event id, row of the columns). Trades need a time."""
    transfers: list[Transfer] = []
    trades: list[Trade] = []
    all_topics, all_data, moves_of, swap_of = columns.topics, columns.data, _MOVES.get, _SWAPS.get
    chains, addresses, timestamps = columns.chain_id, columns.address, columns.timestamp
    for event_id, row in accepted:
        topics, data, timestamp = all_topics[row], all_data[row], timestamps[row]
        first = topics[:WORD]
        if moves := moves_of(first):
            for item, moved in enumerate(moves(topics, data)):
                transfers.append((event_id, item, chains[row], addresses[row], *moved, timestamp))
        elif timestamp is not None and (swap := swap_of(first)) and (exchanged := swap(topics, data)):
            base, quote = exchanged
            if base * quote < 0:
                position = (timestamp, columns.number[row], columns.log_index[row], event_id)
                trades.append((addresses[row], chains[row], *position, str(abs(base)), str(abs(quote)), int(base > 0)))
    return transfers, trades


def _sides(topics: bytes) -> tuple[bytes, bytes] | None:
    """The addresses in the second and third topic; None where they are none."""
    before, one, between, other = _SIDES.unpack_from(topics)
    return (one, other) if before == between == _PAD else None


def _transfer(topics: bytes, data: bytes) -> list[Moved]:
    if len(topics) == 3 * WORD and len(data) == WORD and (sides := _sides(topics)):
        return [(20, *sides, str(int.from_bytes(data)), None)]
    if len(topics) == 4 * WORD and not data and (sides := _sides(topics)):
        return [(721, *sides, "1", str(int.from_bytes(topics[3 * WORD :])))]
    return []


def _holders(topics: bytes) -> tuple[bytes, bytes] | None:
    """Sender and recipient of an ERC-1155 transfer, which stand behind the operator."""
    return _sides(topics[WORD:]) if len(topics) == 4 * WORD and topics[WORD : WORD + 12] == _PAD else None


def _single(topics: bytes, data: bytes) -> list[Moved]:
    if len(data) != 2 * WORD or not (sides := _holders(topics)):
        return []
    return [(1155, *sides, str(int.from_bytes(data[WORD:])), str(int.from_bytes(data[:WORD])))]


_TWO_LISTS = [codec("uint256[]"), codec("uint256[]")]


def _batch(topics: bytes, data: bytes) -> list[Moved]:
    if not (sides := _holders(topics)):
        return []
    try:
        ids, values = decode_sequence(_TWO_LISTS, Data(data))
    except LayoutMismatch:
        return []
    if len(ids) != len(values):
        return []
    return [(1155, *sides, value, token_id) for token_id, value in zip(ids, values, strict=True)]


def _swap_v2(topics: bytes, data: bytes) -> Exchanged | None:
    if len(topics) != 3 * WORD or len(data) != 4 * WORD or not _sides(topics):
        return None
    in0, in1, out0, out1 = map(int.from_bytes, _FOUR_WORDS.unpack(data))
    return out0 - in0, out1 - in1


def _swap_v3(topics: bytes, data: bytes) -> Exchanged | None:
    if len(topics) != 3 * WORD or len(data) != 5 * WORD or not _sides(topics):
        return None
    return -int.from_bytes(data[:WORD], signed=True), -int.from_bytes(data[WORD : 2 * WORD], signed=True)


_MOVES: dict[bytes, Callable[[bytes, bytes], list[Moved]]] = {
    _TRANSFER: _transfer,
    _SINGLE: _single,
    _BATCH: _batch,
}
_SWAPS: dict[bytes, Callable[[bytes, bytes], Exchanged | None]] = {_SWAP_V2: _swap_v2, _SWAP_V3: _swap_v3}
SWAP_TOPICS = frozenset(_SWAPS)
"""First topics of events that may be trades."""
