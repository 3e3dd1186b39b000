"""Blocks, events, cursors, transfers, trades and candles."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "blocks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("chain_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("live", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_blocks"),
        sa.UniqueConstraint("chain_id", "number", "hash", name="uq_blocks_chain_id_number_hash"),
    )
    op.create_index("ix_blocks_chain_id_hash", "blocks", ["chain_id", "hash"])
    op.create_table(
        "candles",
        sa.Column("pool", sa.LargeBinary(), nullable=False),
        sa.Column("chain_id", sa.BigInteger(), nullable=False),
        sa.Column("interval", sa.BigInteger(), nullable=False),
        sa.Column("timestamp", sa.BigInteger(), nullable=False),
        sa.Column("open_at", sa.LargeBinary(), nullable=False),
        sa.Column("close_at", sa.LargeBinary(), nullable=False),
        sa.Column("open", sa.String(length=120), nullable=False),
        sa.Column("high", sa.String(length=120), nullable=False),
        sa.Column("low", sa.String(length=120), nullable=False),
        sa.Column("close", sa.String(length=120), nullable=False),
        sa.Column("base", sa.String(length=120), nullable=False),
        sa.Column("quote", sa.String(length=120), nullable=False),
        sa.Column("bought", sa.String(length=120), nullable=False),
        sa.Column("trades", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("pool", "chain_id", "interval", "timestamp", name="pk_candles"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "chains",
        sa.Column(
            "chain_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("mark_block", sa.BigInteger(), nullable=False),
        sa.Column("mark_log", sa.BigInteger(), nullable=False),
        sa.Column("tip", sa.BigInteger(), nullable=False),
        sa.Column("kept_from", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("chain_id", name="pk_chains"),
    )
    op.create_table(
        "cursors",
        sa.Column("stream", sa.String(length=300), nullable=False),
        sa.Column("consumers", sa.String(length=300), nullable=False),
        sa.Column("last_id", sa.String(length=50), nullable=False),
        sa.PrimaryKeyConstraint("stream", "consumers", name="pk_cursors"),
    )
    op.create_table(
        "dead_events",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("message", sa.String(length=500), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_dead_events"),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("block_id", sa.BigInteger(), nullable=False),
        sa.Column("transaction_hash", sa.LargeBinary(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("removed", sa.SmallInteger(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("topics", sa.LargeBinary(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("timestamp", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sa.UniqueConstraint(
            "block_id", "log_index", "transaction_hash", name="uq_events_block_id_log_index_transaction_hash"
        ),
    )
    op.create_table(
        "trades",
        sa.Column("pool", sa.LargeBinary(), nullable=False),
        sa.Column("chain_id", sa.BigInteger(), nullable=False),
        sa.Column("timestamp", sa.BigInteger(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("base", sa.String(length=80), nullable=False),
        sa.Column("quote", sa.String(length=80), nullable=False),
        sa.Column("buys", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "pool", "chain_id", "timestamp", "block_number", "log_index", "event_id", name="pk_trades"
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "transfers",
        sa.Column("event_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("item", sa.Integer(), nullable=False),
        sa.Column("chain_id", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("standard", sa.SmallInteger(), nullable=False),
        sa.Column("sender", sa.LargeBinary(), nullable=False),
        sa.Column("recipient", sa.LargeBinary(), nullable=False),
        sa.Column("value", sa.String(length=80), nullable=False),
        sa.Column("token_id", sa.String(length=80), nullable=True),
        sa.Column("timestamp", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("event_id", "item", name="pk_transfers"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_transfers_recipient", "transfers", ["recipient"])
    op.create_index("ix_transfers_sender", "transfers", ["sender"])


def downgrade() -> None:
    for table in ("transfers", "trades", "candles", "dead_events", "cursors", "chains", "events", "blocks"):
        op.drop_table(table)
