"""The whole stack by its commands: up, what runs then, what a kill does, doctor and replay, down."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from cli.stack.process import marked
from schemas.primitives import QUEUES

ROOT = Path(__file__).resolve().parents[3]
NAMES = {"redis", "bridge", "beat", "flower", "gateway", *(f"worker-{queue}" for queue in QUEUES)}


class Stack:
    """The commands on a home folder of this test's own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        leaks = {"VIRTUAL_ENV": "/nowhere", "PYTHONPATH": "/nowhere", "PYTHONHOME": "", "PYTHONDONTWRITEBYTECODE": "1"}
        self.environment = {**os.environ, **leaks, "SOBA_HOME": str(home)}

    def soba(self, *arguments: str, requests: str | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(ROOT / "soba"), *arguments],
            cwd=self.home.parent,
            env=self.environment,
            input=requests,
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
        )

    @property
    def run(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.home / "run.json").read_text())
        return found

    @property
    def pids(self) -> dict[str, int]:
        return {process["name"]: process["pid"] for process in self.run["processes"]}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    made = Stack(tmp_path_factory.mktemp("stack") / "a home")
    started = made.soba("up", "--detach", "--no-demo")
    assert started.returncode == 0, started.stdout + started.stderr
    yield made
    stopped = made.soba("down")
    assert stopped.returncode == 0, stopped.stderr
    assert marked(made.home) == []
    assert not (made.home / "run.json").exists()
    assert not (made.home / "lock").exists()


def test_services_keep_byte_code_whatever_the_shell_says(stack: Stack) -> None:
    told = [psutil.Process(pid).environ() for pid in stack.pids.values()]
    assert not any("PYTHONDONTWRITEBYTECODE" in environment for environment in told)


def until(true: Callable[[], object], limit: float = 30) -> None:
    end = time.monotonic() + limit
    while not true():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.1)


def ping(stack: Stack, queue: str = "fraud") -> dict[str, Any]:
    done = stack.soba("call", f"{queue}.ping", '{"echo": 7}', "--remote", "--timeout", "60")
    assert done.returncode == 0, done.stdout + done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_every_process_runs_and_is_the_program_itself(stack: Stack) -> None:
    assert set(stack.pids) == NAMES
    for name, pid in stack.pids.items():
        command = psutil.Process(pid).cmdline()
        assert not any(part.endswith(("/sh", "/bash")) for part in command), name
        if name.startswith("worker-"):
            assert psutil.Process(pid).children(), name


def test_nothing_listens_beyond_loopback(stack: Stack) -> None:
    processes = [psutil.Process(pid) for pid in stack.pids.values()]
    listening = [c.laddr.ip for p in processes for c in p.net_connections() if c.status == psutil.CONN_LISTEN]
    assert len(listening) >= 3
    assert {address for address in listening if address not in ("127.0.0.1", "::1")} == set()


def test_the_gateway_and_flower_answer(stack: Stack) -> None:
    with urllib.request.urlopen(f"{stack.run['gatewayUrl']}/api/python/health", timeout=20) as answer:
        health = json.load(answer)
    assert {queue: health[queue]["status"] for queue in QUEUES if queue != "bulk"} == dict.fromkeys(
        QUEUES[:-1], "healthy"
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(stack.run["flowerUrl"], timeout=20)
    assert refused.value.code == 401
    refused.value.close()
    assert (stack.home / "flower.password").stat().st_mode & 0o777 == 0o600


def test_calls_go_through_the_queue(stack: Stack) -> None:
    assert ping(stack)["worker"] != ""
    done = stack.soba("call", "data.ping", "--jsonl", "--remote", requests='{"echo": 1}\nnot JSON\n{"no": 3}\n')
    first, second, third = map(json.loads, done.stdout.splitlines())
    assert first["echo"] == 1
    assert (second["failure"]["code"], third["failure"]["code"]) == ("INVALID_INPUT", "INVALID_INPUT")


@pytest.mark.parametrize("name", ["worker-fraud", "bridge"])
def test_what_is_killed_comes_back_and_works(stack: Stack, name: str) -> None:
    before = stack.pids[name]
    os.kill(before, signal.SIGKILL)
    until(lambda: stack.pids[name] != before)
    assert set(stack.pids) == NAMES
    assert ping(stack)["echo"] == 7


def test_dead_letters_are_listed_and_replayed(stack: Stack) -> None:
    stack.soba("call", "nlp.ping", '{"unknown": 1}', "--remote")
    listed = stack.soba("replay", "nlp", "--code", "INVALID_INPUT")
    assert "nlp.ping" in listed.stdout
    [job] = [line.split()[1] for line in listed.stdout.splitlines() if "unknown: Extra" in line]
    planned = stack.soba("replay", "nlp", "--id", job, "--dry-run")
    assert "1 jobs would be put back" in planned.stdout
    replayed = stack.soba("replay", "nlp", "--id", job)
    assert "1 jobs were put back" in replayed.stdout
    until(lambda: job in stack.soba("replay", "nlp", "--code", "INVALID_INPUT").stdout)
    assert stack.soba("replay", "nlp", "--id", "no-such-job").returncode == 1


def test_the_doctor_finds_the_stack_well(stack: Stack) -> None:
    done = stack.soba("doctor")
    assert done.returncode == 0, done.stdout
    assert [line for line in done.stdout.splitlines() if line.startswith("fail")] == []
    assert all(f"{queue}: worker-{queue}@" in done.stdout for queue in QUEUES)


def test_a_second_up_says_that_it_runs(stack: Stack) -> None:
    again = stack.soba("up", "--detach", "--no-demo")
    assert again.returncode == 1
    assert "runs already" in again.stdout + again.stderr


def test_logs_show_what_the_processes_print(stack: Stack) -> None:
    shown = stack.soba("logs", "soba", "worker-fraud")
    assert "soba              | " in shown.stdout
    assert "worker-fraud      | " in shown.stdout
