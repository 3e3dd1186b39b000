"""Which operations a process imports, and what it knows of them then."""

from __future__ import annotations

import subprocess
import sys

import pytest

from foundation.settings import ROOT
from schemas.primitives import QUEUES
from tasks.discovery import discover

LOOK = """
import sys
from tasks.discovery import discover
table = discover(*sys.argv[1:])
print(*sorted(name for name, made in table.items() if made.queue in sys.argv[1:]))
print(*sorted(sys.modules))
"""


@pytest.mark.parametrize("queue", QUEUES)
def test_a_queue_alone_is_imported_whole_and_light(queue: str) -> None:
    command = [sys.executable, "-c", LOOK, queue]
    names, modules = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert names.split() == [name for name, made in discover().items() if made.queue == queue]
    heavy = {"sqlalchemy", "catboost", "polars", "scipy", "sklearn", "networkx"}
    assert not heavy & set(modules.split())


def test_a_worker_leaves_the_files_of_other_queues_alone() -> None:
    done = subprocess.run([sys.executable, "-c", LOOK, "nlp"], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {name for name in done.stdout.split() if name.startswith("tasks.")}
    assert "tasks.nlp.translate" in loaded
    assert not any(
        name.startswith(("tasks.fraud.", "tasks.ml.", "tasks.data.", "tasks.blockchain.")) for name in loaded
    )


@pytest.mark.parametrize("name", discover())
def test_every_operation_can_be_prepared(name: str) -> None:
    made = discover()[name]
    made.prepare()
    assert made.request.__pydantic_complete__
    assert made.result.__pydantic_complete__
