"""Token transfers and pool trades that events stand for, as rows of the store.

A trade's base is token0 and its quote token1, as the trader sees them: he buys where token0 leaves the pool. A swap
that does not exchange one for the other (nothing on one side, or both in the same direction) is no trade.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from models.data.abi import WORD, Data, LayoutMismatch, codec, decode_sequence
from models.data.event_columns import Columns

_TRANSFER = bytes.fromhex("ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef")
_SINGLE = bytes.fromhex("c3d58168c5ae7397731d063d5bbf3d657854427343f4c083240f7aacaa2d0f62")
_BATCH = bytes.fromhex("4a39dc06d4c0dbc64b70af90fd698a233a518aa5d07e595d983b8c0526c8f7fb")
_SWAP_V2 = bytes.fromhex("d78ad95fa46c994b6551d0da85fc275fe613ce37657fb8d5e3d130840159d822")
_SWAP_V3 = bytes.fromhex("c42079f94a6350d7e6235f29174924f928cc2ac818eb64fed8004e115fbcca67")
_PAD = bytes(12)


class Transfer(NamedTuple):
    """A row of the table `transfers`."""

    event_id: int
    item: int
    chain_id: int
    token: bytes
    standard: int
    sender: bytes
    recipient: bytes
    value: str
    token_id: str | None
    timestamp: int | None


class Trade(NamedTuple):
    """A row of the table `trades`."""

    pool: bytes
    chain_id: int
    timestamp: int
    block_number: int
    log_index: int
    event_id: int
    base: str
    quote: str
    buys: int


Moved = tuple[int, bytes, bytes, str, str | None]
"""Standard, sender, recipient, value, token id."""
Exchanged = tuple[int, int]
"""Amounts of token0 and token1 that the trader received; negative where he gave them."""


def derive(columns: Columns, accepted: Iterable[tuple[int, int]]) -> tuple[list[Transfer], list[Trade]]:
    """The transfers and trades of accepted events: (event id, row of the columns). Trades need a time."""
    transfers: list[Transfer] = []
    trades: list[Trade] = []
    for event_id, row in accepted:
        topics, data = columns.topics[row], columns.data[row]
        first = topics[:WORD]
        chain_id, address, timestamp = columns.chain_id[row], columns.address[row], columns.timestamp[row]
        if moves := _MOVES.get(first):
            for item, (standard, sender, recipient, value, token_id) in enumerate(moves(topics, data)):
                transfers.append(
                    Transfer(event_id, item, chain_id, address, standard, sender, recipient, value, token_id, timestamp)
                )
        elif (swap := _SWAPS.get(first)) and timestamp is not None and (exchanged := swap(topics, data)):
            base, quote = exchanged
            if base * quote < 0:
                position = (columns.number[row], columns.log_index[row], event_id)
                amounts = (str(abs(base)), str(abs(quote)), int(base > 0))
                trades.append(Trade(address, chain_id, timestamp, *position, *amounts))
    return transfers, trades


def _padded(topics: bytes, first: int, count: int) -> bool:
    """Whether `count` topics from number `first` on are addresses."""
    return all(topics[WORD * n : WORD * n + 12] == _PAD for n in range(first, first + count))


def _address(topics: bytes, number: int) -> bytes:
    return topics[WORD * number + 12 : WORD * (number + 1)]


def _transfer(topics: bytes, data: bytes) -> Iterator[Moved]:
    if not _padded(topics, 1, 2):
        return
    sides = _address(topics, 1), _address(topics, 2)
    if len(topics) == 3 * WORD and len(data) == WORD:
        yield 20, *sides, str(int.from_bytes(data)), None
    elif len(topics) == 4 * WORD and not data:
        yield 721, *sides, "1", str(int.from_bytes(topics[3 * WORD :]))


def _single(topics: bytes, data: bytes) -> Iterator[Moved]:
    if len(topics) == 4 * WORD and len(data) == 2 * WORD and _padded(topics, 1, 3):
        token_id, value = str(int.from_bytes(data[:WORD])), str(int.from_bytes(data[WORD:]))
        yield 1155, _address(topics, 2), _address(topics, 3), value, token_id


_TWO_LISTS = [codec("uint256[]"), codec("uint256[]")]


def _batch(topics: bytes, data: bytes) -> Iterator[Moved]:
    if len(topics) != 4 * WORD or not _padded(topics, 1, 3):
        return
    try:
        ids, values = decode_sequence(_TWO_LISTS, Data(data))
    except LayoutMismatch:
        return
    if len(ids) == len(values):
        for token_id, value in zip(ids, values, strict=True):
            yield 1155, _address(topics, 2), _address(topics, 3), value, token_id


def _swap_v2(topics: bytes, data: bytes) -> Exchanged | None:
    if len(topics) != 3 * WORD or len(data) != 4 * WORD or not _padded(topics, 1, 2):
        return None
    in0, in1, out0, out1 = (int.from_bytes(data[at : at + WORD]) for at in range(0, 4 * WORD, WORD))
    return out0 - in0, out1 - in1


def _swap_v3(topics: bytes, data: bytes) -> Exchanged | None:
    if len(topics) != 3 * WORD or len(data) != 5 * WORD or not _padded(topics, 1, 2):
        return None
    return -int.from_bytes(data[:WORD], signed=True), -int.from_bytes(data[WORD : 2 * WORD], signed=True)


_MOVES: dict[bytes, Callable[[bytes, bytes], Iterator[Moved]]] = {
    _TRANSFER: _transfer,
    _SINGLE: _single,
    _BATCH: _batch,
}
_SWAPS: dict[bytes, Callable[[bytes, bytes], Exchanged | None]] = {_SWAP_V2: _swap_v2, _SWAP_V3: _swap_v3}
SWAP_TOPICS = frozenset(_SWAPS)
"""First topics of events that may be trades."""
