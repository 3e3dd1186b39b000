"""Promotion, roll-back and rot while jobs come in: a real worker follows within seconds, and no job fails."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from foundation.settings import ROOT
from models.registry import PRETRAINED, Registry
from schemas.keys import DEGRADED
from tasks.ml.predict import _example
from tests.bridge_stack import BridgeStack, running

MODEL = "direction-1h"
FOLLOWED_SECONDS = 10
SHIPPED = json.loads((PRETRAINED / MODEL / "manifest.json").read_text())["version"]


class Traffic:
    """Predictions through bridge and worker, one after the other; each must be answered."""

    def __init__(self, stack: BridgeStack) -> None:
        self._stack, self._numbers = stack, itertools.count()

    def version(self) -> str:
        request = {"model": MODEL, "candles": _example()}
        job_id = self._stack.add(f"p{next(self._numbers)}", request, queue="ml", name="ml.predict")
        [job] = self._stack.over(job_id, queue="ml")
        assert "failedReason" not in job, job
        return str(job["returnvalue"]["version"])

    def until(self, wanted: Callable[[str], bool]) -> None:
        end = time.monotonic() + FOLLOWED_SECONDS
        while not wanted(self.version()):
            assert time.monotonic() < end, "the worker does not follow"


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[BridgeStack]:
    with running(tmp_path, ["ml"]) as stack:
        yield stack


def another(registry: Registry) -> str:
    """A new version with the shipped one's files."""
    files = {p.name: p.read_bytes() for p in (PRETRAINED / MODEL).iterdir() if p.suffix != ".html"}
    card = json.loads(files.pop("card.json"))
    files.pop("manifest.json")
    return registry.add(MODEL, files, {**card, "seed": time.time_ns()}).id


def test_a_worker_follows_its_champion_and_outlives_a_broken_one(stack: BridgeStack) -> None:
    home = stack.folder / "home"
    registry, traffic = Registry(str(home / "models")), Traffic(stack)
    assert traffic.version() == SHIPPED

    second = another(registry)
    registry.promote(MODEL, second, forced=True, reason="test")
    traffic.until(second.__eq__)

    command = [sys.executable, "-m", "cli", "models", MODEL, "--rollback"]
    subprocess.run(command, cwd=ROOT, env=os.environ | {"SOBA_HOME": str(home)}, check=True, capture_output=True)
    traffic.until(SHIPPED.__eq__)

    broken = another(registry)
    (home / "models" / MODEL / "versions" / broken / "predictor.json").write_text("{}")
    aliases = home / "models" / MODEL / "aliases.json"
    aliases.write_text(json.dumps({**json.loads(aliases.read_text()), "champions": [SHIPPED, broken]}))
    traffic.until(lambda version: stack.redis.hexists(DEGRADED, MODEL))
    assert traffic.version() == SHIPPED
