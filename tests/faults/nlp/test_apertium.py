"""The embedded engine's processes: killed, stopped, orphaned; and what they translate."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from models.nlp.translation.apertium import Apertium
from models.nlp.translation.modes import commands, installed
from models.nlp.translation.pipeline import Pipeline, PipelineFailed

PAIR = ("en", "es")
ROOT = Path(__file__).parents[3]
needs_apertium = pytest.mark.skipif(PAIR not in installed(), reason="no apertium-eng-spa on this machine")


@pytest.fixture
def engine() -> Iterator[Apertium]:
    made = Apertium()
    yield made
    made.close()


@needs_apertium
def test_markers_and_special_characters_pass_through(engine: Apertium) -> None:
    text = "the wallet \ue000 costs ^5$ @home / [x] \\ a\\b {y} <z>"
    [made] = engine.translate([text], PAIR)
    assert made is not None
    assert all(made.count(sign) == text.count(sign) for sign in "\ue000^$@/[]\\{}<>")
    assert "cartera" in made.lower()


@needs_apertium
@pytest.mark.parametrize("victim", (0, 1, 4, 7, 10))
def test_a_killed_process_costs_a_retry_and_no_answer(engine: Apertium, victim: int) -> None:
    before = engine.translate(["the red house", "a dog"], PAIR)
    os.kill(engine.pids[victim % len(engine.pids)], signal.SIGKILL)
    assert engine.translate(["the red house", "a dog"], PAIR) == before
    assert None not in before


@needs_apertium
def test_a_stopped_process_is_given_up_in_time() -> None:
    pipeline = Pipeline(commands(installed()[PAIR]))
    os.kill(pipeline.pids[2], signal.SIGSTOP)
    began = time.monotonic()
    with pytest.raises(PipelineFailed, match="in time"):
        pipeline.exchange([b"the house.[]"], 0.5)
    assert time.monotonic() - began < 5
    assert not any(psutil.pid_exists(pid) for pid in pipeline.pids)


@needs_apertium
def test_the_processes_end_with_the_worker() -> None:
    program = (
        "from models.nlp.translation.apertium import Apertium; import time; e = Apertium();"
        "e.translate(['a house'], ('en', 'es')); print(*e.pids, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout
        pids = [int(pid) for pid in worker.stdout.readline().split()]
        worker.kill()
    assert len(pids) > 5
    deadline = time.monotonic() + 10
    while any(_lives(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(_lives(pid) for pid in pids)


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_large_blocks_do_not_deadlock() -> None:
    pipeline = Pipeline([["cat"], ["cat"]])
    blocks = [bytes([65 + n]) * 1_000_000 for n in range(5)]
    assert pipeline.exchange(blocks, 20) == blocks
    pipeline.close()


def test_a_program_that_is_not_there_or_ends_is_said() -> None:
    with pytest.raises(PipelineFailed, match="does not start"):
        Pipeline([["cat"], ["/no/such/program"]])
    with pytest.raises(PipelineFailed):
        Pipeline([["true"]]).exchange([b"x"], 5)


def test_a_machine_without_modes_has_no_directions(tmp_path: Path) -> None:
    (tmp_path / "eng-spa.mode").write_text("lt-proc '/no/such/file.bin'")
    assert Apertium(tmp_path).directions() == {}


@needs_apertium
def test_words_of_the_domain_are_inflected_and_agree(engine: Apertium) -> None:
    texts = ["Private keys", "Show details", "Open Orders", "your vaults are empty", "the wallet address"]
    made = engine.translate(texts, PAIR)
    assert made == ["Claves privadas", "Mostrar detalles", "Órdenes abiertas", "tus bóvedas son vacías", made[4]]
    assert "dirección" in str(made[4])
