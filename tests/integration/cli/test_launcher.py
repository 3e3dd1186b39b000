"""The launcher on a bare checkout: what it makes, that it makes it once, and what it says where it cannot."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
COMMAND = ("bench",)  # needs no package, so that a lock file without any will do


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The launcher's own files in a folder with a space in its name, with a lock file that pins nothing."""
    folder = tmp_path / "a checkout"
    for name in ("cli", "foundation", "benchmarks"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "soba", folder)
    (folder / "requirements.lock").write_text("# nothing\n")
    return folder


def launch(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """As a stranger would: an environment with nothing in it, and another current folder."""
    with running(checkout, arguments) as process:
        out, said = process.communicate(timeout=100)
    return subprocess.CompletedProcess(arguments, process.returncode, out, said)


def running(checkout: Path, arguments: Sequence[str]) -> subprocess.Popen[str]:
    environment = {"HOME": str(checkout.parent), "PATH": os.environ["PATH"], "PIP_NO_INDEX": "1"}
    python = getattr(sys, "_base_executable", sys.executable)
    return subprocess.Popen(
        [python, str(checkout / "soba"), *arguments],
        cwd="/",
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_it_makes_what_is_missing_once(checkout: Path) -> None:
    first = launch(checkout, *COMMAND)
    assert first.returncode == 0, first.stderr
    assert "bridge" in first.stdout
    assert "making .venv" in first.stderr
    second = launch(checkout, *COMMAND)
    assert (second.returncode, second.stdout, second.stderr) == (0, first.stdout, "")
    (checkout / "requirements.lock").write_text("not-to-be-had==1.0 --hash=sha256:" + "0" * 64 + "\n")
    third = launch(checkout, *COMMAND)
    assert third.returncode == 1
    assert "making .venv" not in third.stderr
    assert "failed with status 1" in third.stderr
    assert "not-to-be-had==1.0" in third.stderr
    assert "Traceback" not in third.stderr


def test_two_launches_at_once_share_the_mending_of_a_broken_environment(checkout: Path) -> None:
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").symlink_to("/no/such/python")
    with running(checkout, COMMAND) as one, running(checkout, COMMAND) as other:
        said = [process.communicate(timeout=100)[1] for process in (one, other)]
    assert (one.returncode, other.returncode) == (0, 0), said
    assert sum(".venv is broken, making it anew" in text for text in said) == 1
    assert sum("waiting for it" in text for text in said) == 1


def test_a_linked_environment_is_taken_as_it_is(checkout: Path) -> None:
    theirs = checkout.parent / "theirs"
    (checkout / ".venv").symlink_to(theirs)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", theirs], check=True)
    done = launch(checkout, *COMMAND)
    assert (done.returncode, done.stderr) == (0, "")
    assert [path.name for path in theirs.iterdir() if path.name.startswith(".made")] == []


def test_help_needs_no_environment(checkout: Path) -> None:
    done = launch(checkout, "--help")
    assert done.returncode == 0
    assert "start everything" in done.stdout
    assert not (checkout / ".venv").exists()
