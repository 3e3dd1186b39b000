"""Operations on blocks, wallets and graphs with an empty home of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from foundation.settings import Settings
from tasks.resources import Resources, use


@pytest.fixture(autouse=True, scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    use(Resources(Settings(home=tmp_path_factory.mktemp("home"))))
    yield
    use(None)
