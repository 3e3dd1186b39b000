"""Several processes that share a file of requests: same answers, same order, nothing lost and nobody left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli.call import text_of
from cli.sharing import Helper, Sharing
from tasks.discovery import find
from tasks.runner import run

ROOT = Path(__file__).resolve().parents[3]
OPERATION = "blockchain.analyze-contract"
COMMAND = [sys.executable, "-m", "cli", "call", OPERATION, "--jsonl"]


def request(n: int) -> bytes:
    source = f"contract C{n} {{ function f{n}() public {{ selfdestruct(msg.sender); }} }}"
    return json.dumps({"source": source}).encode() + b"\n"


def signature(answer: bytes) -> str:
    return str(json.loads(answer)["selectors"][0]["signature"])


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_answers_come_in_the_order_of_the_file() -> None:
    lines = [request(n) for n in range(300)]
    lines[70] = b"not JSON\r\n"
    lines[150] = b"\n"
    done = subprocess.run(
        [*COMMAND, "--processes", "3"], cwd=ROOT, input=b"".join(lines).rstrip(b"\n"), capture_output=True, timeout=120
    )
    answers = done.stdout.splitlines()
    assert (done.returncode, done.stderr, len(answers)) == (0, b"", 300)
    for n, answer in enumerate(answers):
        if n in (70, 150):
            assert json.loads(answer)["failure"]["code"] == "INVALID_INPUT"
        else:
            assert signature(answer) == f"f{n}()"


def test_who_waits_for_an_answer_before_asking_again_gets_it() -> None:
    with subprocess.Popen(
        [*COMMAND, "--processes", "2"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as asked:
        assert asked.stdin is not None and asked.stdout is not None
        for n in range(5):
            asked.stdin.write(request(n))
            asked.stdin.flush()
            assert signature(asked.stdout.readline()) == f"f{n}()"
        asked.stdin.close()
        assert asked.wait(timeout=20) == 0


class Dying(Helper):
    """A helper that is killed before it can answer its second batch."""

    def _answer(self, lines: list[bytes]) -> list[bytes]:
        answers = super()._answer(lines)
        self._process.kill()
        self._process.wait()
        return answers


def test_a_helper_that_dies_costs_no_answer() -> None:
    operation, made = find(OPERATION), []

    def here(lines: list[bytes]) -> list[bytes]:
        made.extend(lines)
        return [text_of(answer) for answer in run(operation, lines)]

    batches = [[request(n) for n in range(first, first + 4)] for first in range(0, 80, 4)]
    with Sharing(OPERATION, here, helpers=1, patience=0, start=Dying) as shared:
        answers = [answer for batch in shared.answers(batches) for answer in batch]
    assert [signature(answer) for answer in answers] == [f"f{n}()" for n in range(80)]
    assert len(made) == 76


def test_where_no_process_can_be_started_all_is_answered_here() -> None:
    def start(operation: str) -> Helper:
        raise BlockingIOError("Resource temporarily unavailable")

    with Sharing(OPERATION, lambda lines: lines, helpers=3, patience=0, start=start) as shared:
        assert list(shared.answers([[b"1"], [b"2"], [], [b"3"]])) == [[b"1"], [b"2"], [b"3"]]


@pytest.mark.skipif(sys.platform != "linux", reason="children are found in /proc")
def test_helpers_end_with_whoever_feeds_them() -> None:
    with subprocess.Popen(
        [*COMMAND, "--processes", "3"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as asked:
        assert asked.stdin is not None and asked.stdout is not None
        asked.stdin.write(b"".join(request(n) for n in range(128)))
        asked.stdin.flush()
        asked.stdout.readline()
        helpers = children_of(asked.pid)
        asked.send_signal(signal.SIGKILL)
    assert len(helpers) == 2
    deadline = time.monotonic() + 20
    while any(is_running(pid) for pid in helpers):
        assert time.monotonic() < deadline, "a helper outlived its parent"
        time.sleep(0.1)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
