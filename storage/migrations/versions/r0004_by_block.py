"""Events lie by block without a second index; transfers are looked up era by era."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_COLUMNS = "block_id, log_index, transaction_hash, id, removed, address, topics, data, timestamp"


def upgrade() -> None:
    op.create_table(
        "events_by_block",
        sa.Column("block_id", sa.BigInteger(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("transaction_hash", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("removed", sa.SmallInteger(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("topics", sa.LargeBinary(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("timestamp", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("block_id", "log_index", "transaction_hash", name="pk_events_by_block"),
        sqlite_with_rowid=False,
    )
    op.execute(f"INSERT INTO events_by_block ({_COLUMNS}) SELECT {_COLUMNS} FROM events ORDER BY 1, 2, 3")
    op.drop_table("events")
    op.rename_table("events_by_block", "events")
    for end in ("sender", "recipient"):
        op.drop_index(f"ix_transfers_{end}", "transfers")
    op.add_column("transfers", sa.Column("era", sa.Integer(), nullable=False, server_default="0"))
    for end in ("sender", "recipient"):
        op.create_index(f"ix_transfers_era_{end}", "transfers", ["era", end])
