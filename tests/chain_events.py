"""Blockchain events to test with, and what a store holds of them."""

from __future__ import annotations

import random
from typing import Any

from sqlalchemy import select

from storage.engine import Store
from storage.events import BLOCKS, CHAINS, CURSORS, EVENTS
from storage.trades import CANDLES, TRADES
from storage.transfers import TRANSFERS

START = 1_700_000_000_000
TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
SWAP_V2 = "0xd78ad95fa46c994b6551d0da85fc275fe613ce37657fb8d5e3d130840159d822"
SWAP_V3 = "0xc42079f94a6350d7e6235f29174924f928cc2ac818eb64fed8004e115fbcca67"
Event = dict[str, Any]


def hexed(number: int, size: int = 32) -> str:
    return f"0x{number:0{2 * size}x}"


def word(value: int) -> str:
    return f"{value % 2**256:064x}"


def event(number: int, log: int, fork: int = 0, **more: Any) -> Event:
    """An event whose content follows from its place: a transfer, a swap of either version, or something unknown."""
    noise = random.Random(f"{number} {log} {fork}")
    wallets = ["0x" + "00" * 12 + f"{n:040x}" for n in (0xA1, 0xB2, 0xC3)]
    amounts = [noise.randrange(1, 10**24), noise.randrange(1, 10**20)]
    v2 = [amounts[0], 0, 0, amounts[1]] if noise.random() < 0.5 else [0, amounts[0], amounts[1], 0]
    v3 = [amounts[0], -amounts[1], 2**90, 10**18, -5]
    kinds: list[tuple[str, list[int]]] = [(TRANSFER, amounts[:1]), (SWAP_V2, v2), (SWAP_V3, v3), (hexed(7), [])]
    topic, content = kinds[noise.randrange(4)]
    return {
        "chainId": 1,
        "blockNumber": number,
        "blockHash": hexed(1000 * number + fork + 1),
        "transactionHash": hexed(10**6 + log // 2),
        "logIndex": log,
        "address": hexed(0xF0 + noise.randrange(2), 20),
        "topics": [topic, wallets[noise.randrange(3)], wallets[noise.randrange(3)]],
        "data": "0x" + "".join(map(word, content)),
        "timestamp": START + 12_000 * number,
        "removed": False,
        **more,
    }


def chain_of(blocks: int, per_block: int, fork: int = 0, first: int = 100) -> list[Event]:
    return [event(first + n, log, fork) for n in range(blocks) for log in range(per_block)]


def removals(events: list[Event]) -> list[Event]:
    return [{**e, "removed": True} for e in events]


def snapshot(store: Store) -> dict[str, list[Any]]:
    """All rows of all tables, in an order of their own."""
    tables = (BLOCKS, EVENTS, CHAINS, CURSORS, TRADES, TRANSFERS, CANDLES)
    with store.read() as connection:
        return {t.name: sorted(map(tuple, connection.execute(select(t))), key=repr) for t in tables}
