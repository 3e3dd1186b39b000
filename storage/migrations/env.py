"""Alembic's entry: runs the migrations on the connection that storage.migrate hands over."""

from __future__ import annotations

from alembic import context

from storage.metadata import METADATA

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=METADATA, transaction_per_migration=False)
context.run_migrations()
