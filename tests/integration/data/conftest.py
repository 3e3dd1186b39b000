"""Stores to test with: SQLite in a file, and a PostgreSQL cluster of the session's own where it is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.engine import Store
from tests.servers import free_port

_BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def _absent() -> str | None:
    if not _BINARIES:
        return "PostgreSQL is not installed"
    return "PostgreSQL refuses to run as root, and this is not root either" if os.getuid() != 0 else None


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL, without a database, of a cluster that lives as long as the session."""
    if reason := _absent():
        pytest.skip(reason)
    folder = Path(tempfile.mkdtemp(prefix="soba-postgres-"))
    shutil.chown(folder, "postgres", "postgres")
    port, data, sockets = free_port(), folder / "data", f"-k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"

    def control(program: str, *arguments: str) -> None:
        command = [str(_BINARIES[0] / program), "-D", str(data), *arguments]
        subprocess.run(command, user="postgres", group="postgres", cwd=folder, check=True, stdout=subprocess.DEVNULL)

    control("initdb", "-A", "trust", "-U", "soba", "-N")
    control("pg_ctl", "-w", "-l", str(folder / "log"), "-o", f"-p {port} {sockets}", "start")
    yield f"postgresql://soba@127.0.0.1:{port}"
    control("pg_ctl", "-m", "immediate", "stop")
    shutil.rmtree(folder)


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """A database of the test's own."""
    import psycopg

    name = f"test_{os.urandom(6).hex()}"
    with psycopg.connect(f"{postgres_server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield f"{postgres_server}/{name}"
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Both databases, one after the other."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'home' / 'store.db'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    opened = Store(database_url)
    yield opened
    opened.close()
