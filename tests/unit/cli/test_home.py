"""One supervisor holds a home folder; its lock and run.json go with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.command import CommandFailed
from cli.stack.home import Home


def test_it_is_held_by_one(tmp_path: Path) -> None:
    home = Home(tmp_path / "new")
    with home.held():
        home.write({"gatewayUrl": "http://127.0.0.1:1", "processes": []})
        assert home.read() == {"gatewayUrl": "http://127.0.0.1:1", "processes": []}
        with pytest.raises(CommandFailed, match=r"runs already .* gateway http://127"), Home(home.folder).held():
            pass
    assert list(home.folder.iterdir()) == []
    with Home(home.folder).held():
        assert home.read() is None


def test_a_lock_without_its_holder_is_none(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.lock_file.write_text("4242")
    assert home.holder() is None
    with home.held():
        assert home.lock_file.exists()
