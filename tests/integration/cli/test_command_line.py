"""The command line as a shell sees it: errors are one line, the exit status says what happened."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = "import sys; sys.path.insert(0, '.'); from cli.__main__ import main; main()"
BARE = [sys.executable, "-I", "-S", "-c", PROGRAM]


def soba(*arguments: str, requests: str | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cli", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, input=requests)


def test_help_needs_the_standard_library_alone() -> None:
    done = subprocess.run([*BARE, "--help"], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stderr) == (0, "")
    assert "call" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        ([], 2, "required: COMMAND"),
        (["frobnicate"], 2, "invalid choice"),
        (["call"], 2, "required: operation"),
        (["call", "fraud.pong", "{}"], 2, "did you mean fraud.ping"),
        (["call", "fraud.ping", "-f", "/no/such/file"], 1, "/no/such/file"),
        (["call", "fraud.ping", "{}", "-f", "-"], 2, "not both"),
    ],
)
def test_a_wrong_command_line_is_answered_in_one_line(arguments: list[str], status: int, words: str) -> None:
    done = soba(*arguments)
    assert (done.returncode, done.stdout) == (status, "")
    assert done.stderr.startswith("soba")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


def test_call_answers_the_request_on_its_command_line() -> None:
    done = soba("call", "fraud.ping", '{"echo": "é"}')
    assert done.returncode == 0
    assert '"echo":"é"' in done.stdout


def test_call_answers_line_by_line() -> None:
    done = soba("call", "fraud.ping", "--jsonl", requests='{"echo": 1}\nnot JSON\n{"echo": 3}\n')
    first, second, third = done.stdout.splitlines()
    assert done.returncode == 0
    assert '"echo":1' in first
    assert '"code":"INVALID_INPUT"' in second
    assert '"echo":3' in third
