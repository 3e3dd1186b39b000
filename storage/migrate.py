"""Brings a store to the newest form: at first use, by one process at a time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

if TYPE_CHECKING:
    from storage.engine import Store

MIGRATIONS = Path(__file__).parent / "migrations"


def newest() -> str:
    """The revision that the last file of storage/migrations/versions makes; files are named r<revision>_<what>.py."""
    names = sorted(path.name for path in (MIGRATIONS / "versions").glob("r*.py"))
    return names[-1].split("_")[0].removeprefix("r")


def migrate(store: Store) -> None:
    """Run the migrations that the store lacks.

    The first look costs one query and no alembic; whoever finds work waits for the writers' lock and looks again.
    """
    with store.read() as connection:
        if _revision(connection) == newest():
            return
    with store.write() as connection:
        if _revision(connection) != newest():
            upgrade(connection)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Run the migrations up to a revision."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
