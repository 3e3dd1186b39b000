"""The supervisor with real processes: order, restarts, run.json, draining, and nobody left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import redis

from cli.stack.process import marked

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = Path(__file__).with_name("small_stack.py")


def until(true: Callable[[], object], limit: float = 20) -> None:
    end = time.monotonic() + limit
    while not true():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)


def alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


class Small:
    """The stack of stand-ins in a home folder of the test's own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment = {**os.environ, "PYTHONPATH": str(ROOT), "SOBA_HOME": str(home)}

    def up(self, fault: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(PROGRAM), str(self.home), fault]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=60, check=False)

    def down(self) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "cli", "down"]
        return subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=60, check=False
        )

    @property
    def run(self) -> dict[str, object]:
        return dict(json.loads((self.home / "run.json").read_text()))

    def pid(self, name: str) -> int:
        return {p["name"]: p["pid"] for p in json.loads((self.home / "run.json").read_text())["processes"]}[name]


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Small]:
    small = Small(tmp_path / "a home")
    yield small
    small.down()
    assert marked(small.home) == []


def test_up_and_down(stack: Small) -> None:
    started = stack.up()
    assert started.returncode == 0, started.stdout
    assert [name for name in ("redis", "worker", "page") if f"{name} is ready" not in started.stdout] == []
    client = redis.Redis.from_url(str(stack.run["redisUrl"]))
    assert client.config_get("appendonly", "maxmemory-policy", "bind") == {
        "appendonly": "yes",
        "maxmemory-policy": "noeviction",
        "bind": "127.0.0.1",
    }
    client.set("kept", "1")
    client.close()
    stopped = stack.down()
    assert (stopped.returncode, stopped.stdout.splitlines()[-1]) == (0, "soba: stopped")
    assert marked(stack.home) == []
    assert sorted(path.name for path in stack.home.iterdir()) == ["logs", "redis", "run"]
    assert "worker begins" in (stack.home / "logs" / "worker.log").read_text()

    assert stack.up().returncode == 0
    client = redis.Redis.from_url(str(stack.run["redisUrl"]))
    assert client.get("kept") == b"1"
    client.close()


def test_a_second_up_says_that_it_runs(stack: Small) -> None:
    assert stack.up().returncode == 0
    again = stack.up()
    assert again.returncode == 1
    assert "runs already" in again.stdout
    assert str(stack.run["supervisorPid"]) in again.stdout


def test_what_is_killed_comes_back_under_its_name(stack: Small) -> None:
    stack.up()
    for name in ("worker", "redis", "page"):
        before = stack.pid(name)
        children = psutil.Process(before).children(recursive=True)
        os.kill(before, signal.SIGKILL)
        until(lambda: stack.pid(name) != before)  # noqa: B023  # it is over before the next round
        assert alive(psutil.Process(stack.pid(name)))
        assert [child for child in children if alive(child)] == []


def test_what_falls_silent_is_started_again(stack: Small) -> None:
    stack.up()
    before = stack.pid("worker")
    os.kill(before, signal.SIGSTOP)
    until(lambda: stack.pid("worker") != before)
    assert "worker has not answered for 2 s" in (stack.home / "logs" / "soba.log").read_text()


@pytest.mark.parametrize(
    ("fault", "why", "words"),
    [("falls", "ended with status 3", "no model here"), ("mute", "was not ready within 3 s", "thinking")],
)
def test_a_service_that_does_not_come_up_ends_the_start(stack: Small, fault: str, why: str, words: str) -> None:
    failed = stack.up(fault)
    assert failed.returncode == 1
    assert failed.stdout.splitlines()[-2:] == [f"soba: worker {why}; its last lines:", words]
    assert not (stack.home / "run.json").exists()
    assert marked(stack.home) == []


def test_what_does_not_drain_is_killed(stack: Small) -> None:
    stack.up("deaf")
    assert stack.down().returncode == 0
    assert marked(stack.home) == []
    assert "worker did not end by itself" in (stack.home / "logs" / "soba.log").read_text()


def test_a_killed_supervisor_leaves_nobody_that_the_next_does_not_find(stack: Small) -> None:
    stack.up()
    services = [psutil.Process(stack.pid(name)) for name in ("redis", "worker", "page")]
    os.kill(int(str(stack.run["supervisorPid"])), signal.SIGKILL)
    if sys.platform == "linux":  # elsewhere nothing tells children of their parent's death
        until(lambda: not any(alive(service) for service in services))
    again = stack.up()
    assert again.returncode == 0, again.stdout
    assert len({process.pid for process in marked(stack.home)}) == 4


def test_down_with_nothing_up(tmp_path: Path) -> None:
    done = Small(tmp_path / "nowhere").down()
    assert done.returncode == 0
    assert "nothing runs" in done.stdout
    assert not (tmp_path / "nowhere").exists()
