"""Log files stay within their bounds and lose nothing but the oldest."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.logs import Tail
from cli.stack.logs import KEPT, LogFile


def test_a_full_file_makes_room(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "worker.log", limit=100)
    lines = [b"line %03d %s\n" % (number, b"." * 30) for number in range(30)]
    for line in lines:
        log.write(line)
    log.close()
    files = [tmp_path / f"worker.log.{number}" for number in range(KEPT, 0, -1)] + [tmp_path / "worker.log"]
    assert sorted(tmp_path.iterdir()) == sorted(files)
    assert all(file.stat().st_size <= 100 + len(lines[0]) for file in files)
    kept = b"".join(file.read_bytes() for file in files)
    assert b"".join(lines).endswith(kept)


def test_a_tail_follows_a_file_that_is_turned_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = LogFile(tmp_path / "bridge.log", limit=50)
    log.write(b"one\ntwo\nthree\n")
    tail = Tail("bridge", log.path)
    tail.print(2)
    assert [line.split("| ")[1] for line in capsys.readouterr().out.splitlines()] == ["two", "three"]
    log.write(b"." * 60 + b"\n")
    tail.print()
    log.write(b"new\n")
    tail.print()
    assert capsys.readouterr().out.splitlines()[-1] == "bridge            | new"
    log.close()
    tail.close()
