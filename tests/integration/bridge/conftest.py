"""One stack for all tests of the bridge that kill nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.bridge_stack import BridgeStack, running


@pytest.fixture(scope="session")
def bridge_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BridgeStack]:
    with running(tmp_path_factory.mktemp("bridge")) as stack:
        yield stack
