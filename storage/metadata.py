"""What all tables share: one MetaData, and the column types that both databases have.

Each area has a file of its own (storage/<area>.py) with its tables on `METADATA`, and one migration in
storage/migrations/versions, named r<number>_<what>.py after the last one there.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer, LargeBinary, MetaData, String

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = BigInteger().with_variant(Integer, "sqlite")
"""A 64-bit key; on SQLite the row id itself."""
Bytes = LargeBinary
"""Hashes and addresses, as bytes."""
Whole = String(80)
"""An integer of up to 256 bits as decimal digits."""
Exact = String(120)
"""A decimal number as text."""
