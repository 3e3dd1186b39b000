"""Names of processes: told apart are those that live, those that are gone, and those of elsewhere."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from foundation.processes import are_gone, name_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="places are known on Linux only")


def ended() -> int:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


def test_processes_are_gone_once_none_is_left() -> None:
    dead = ended()
    assert are_gone(name_of(dead))
    assert not are_gone(name_of(os.getpid()))
    assert not are_gone(name_of(dead, os.getpid()))
    assert not are_gone(name_of(1)), "another user's process"


@pytest.mark.parametrize("name", ["1", "", "elsewhere/1:99999999", ":99999999"])
def test_nothing_is_said_of_other_places(name: str) -> None:
    assert not are_gone(name)
