"""How a worker begins: with its own operations, sound ones alone, and the contract worked out once for all."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from foundation.settings import ROOT
from tasks.discovery import discover
from tasks.schema import contract_version
from tests.bridge_stack import PACKAGES
from tests.local_nodes import LocalRedis
from workers.contract import Contract

INCOMPLETE = '''
"""An operation whose example is none."""

from schemas.base import Wire
from tasks.operation import operation


class Request(Wire):
    n: int


class Result(Wire):
    n: int


@operation(queue="data", examples=[{"m": 1}])
def wrong(requests: list[Request]) -> list[Result]:
    """Echo."""
    return [Result(n=request.n) for request in requests]
'''


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    node = LocalRedis(tmp_path)
    patient = Retry(ConstantBackoff(0.1), 100)
    with Redis.from_url(node.url, decode_responses=True, retry=patient) as client:
        yield client
    node._container.stop()


def test_the_contract_is_worked_out_once(redis: Redis) -> None:
    first, second = Contract(redis), Contract(redis)
    assert (first.version(), second.version()) == (None, None)
    end = time.monotonic() + 30
    while first.version() is None and time.monotonic() < end:
        time.sleep(0.1)
    assert first.version() == contract_version(discover())
    assert second.version() == Contract(redis).version() == first.version()


def test_a_worker_with_an_incomplete_operation_does_not_begin(tmp_path: Path) -> None:
    project = tmp_path / "project"
    for package in PACKAGES:
        shutil.copytree(ROOT / package, project / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "celeryconfig.py", project)
    (project / "tasks" / "data" / "wrong.py").write_text(INCOMPLETE)
    told = os.environ | {"SOBA_HOME": str(tmp_path), "SOBA_REDIS_URL": "redis://127.0.0.1:1/0"}
    command = [sys.executable, "-m", "workers", "worker", "-Q", "data"]
    done = subprocess.run(command, cwd=project, env=told, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert "examples[0] is not a valid Request" in done.stderr


def test_the_program_names_its_commands() -> None:
    command = [sys.executable, "-m", "workers", "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert all(name in done.stdout for name in ("worker", "beat", "flower"))
