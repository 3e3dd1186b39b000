"""What all tests share: a marker by folder, a server of the test's own, the real data where it is there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import valkey

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


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a real Valkey server of this session's own."""
    with valkey(tmp_path_factory.mktemp("valkey")) as url:
        yield url
