"""A stack of its own for each module of faults."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.bridge_stack import BridgeStack, running


@pytest.fixture(scope="module")
def faulty_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BridgeStack]:
    with running(tmp_path_factory.mktemp("faults")) as stack:
        yield stack
