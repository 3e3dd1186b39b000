"""Gives up events of old blocks; candles stay."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, delete, select, update

from storage.events import BLOCKS, CHAINS, EVENTS
from storage.trades import TRADES
from storage.transfers import TRANSFERS


def prune(connection: Connection, tips: Mapping[int, int], kept_from: Mapping[int, int], keep: int | None) -> None:
    """Delete events, transfers and trades more than `keep` blocks below the tip of their chain.

    Done once a tenth of `keep` has gathered; from then on events of those blocks are refused, as it can no longer be
    told whether they were there.
    """
    if keep is None:
        return
    for chain_id, tip in tips.items():
        first = tip - keep
        if first - kept_from.get(chain_id, 0) > keep // 10:
            _give_up(connection, chain_id, first)


def _give_up(connection: Connection, chain_id: int, first: int) -> None:
    blocks = select(BLOCKS.c.id).where(BLOCKS.c.chain_id == chain_id, BLOCKS.c.number < first)
    gone = select(EVENTS.c.id).where(EVENTS.c.block_id.in_(blocks))
    connection.execute(delete(TRANSFERS).where(TRANSFERS.c.event_id.in_(gone)))
    connection.execute(delete(TRADES).where(TRADES.c.chain_id == chain_id, TRADES.c.block_number < first))
    connection.execute(delete(EVENTS).where(EVENTS.c.block_id.in_(blocks)))
    connection.execute(delete(BLOCKS).where(BLOCKS.c.chain_id == chain_id, BLOCKS.c.number < first))
    connection.execute(update(CHAINS).where(CHAINS.c.chain_id == chain_id).values(kept_from=first))
