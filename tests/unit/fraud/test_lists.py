"""Address lists: every form is read, a source that fails keeps what it gave."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from models.fraud.lists import Lists, addresses_in, fetch

A, B = "0x" + "a1" * 20, "0x" + "B2" * 20
OFAC_TEXT = (
    f"EXAMPLE, Person; DOB 1990; Digital Currency Address - XBT bc1qxyz; Digital Currency Address - ETH {B}; alt. "
    f"Digital Currency Address - ETH {A}; nationality Nowhere (individual) [CYBER2]."
).encode()
OFAC_XML = f"<id><idType>Digital Currency Address - ETH</idType><idNumber>{B}</idNumber></id>".encode()


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (OFAC_TEXT, 2),
        (OFAC_XML, 1),
        (f"{A}\n{B}\n{A}\n".encode(), 2),
        (f'["{A}", {{"x": "{B}"}}]'.encode(), 2),
        (f"address,tag\n{A},phish\n".encode(), 1),
        (b"0x" + b"ab" * 32, 0),
        (b"0x" + b"ab" * 19, 0),
        (b"\xff\x00", 0),
    ],
)
def test_addresses_are_found_in_any_text(text: bytes, count: int) -> None:
    found = addresses_in(text)
    assert len(found) == count
    assert found <= {A, B.lower()}


def test_files_may_be_packed(tmp_path: Path) -> None:
    path = tmp_path / "list.json.gz"
    path.write_bytes(gzip.compress(A.encode()))
    assert fetch(str(path)) == A.encode()


def until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not reached() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert reached()


def test_a_source_that_fails_or_empties_keeps_what_it_gave() -> None:
    texts, clock = [A.encode()], [0.0]

    def read(source: str) -> bytes:
        if source != "somewhere":
            return fetch(source)
        if not texts:
            raise OSError("gone")
        return texts[0]

    lists = Lists({"phishing": ["somewhere"], "mixer": ["somewhere"]}, 10, read, lambda: clock[0])
    assert lists.current()[A] == ("mixer", "phishing")
    assert "mixer" in lists.current()["0xd90e2f925da726b50c4ed8d0fb90ad053324f31b"]
    for state in ([], [b""]):
        texts[:] = state
        clock[0] += 11
        lists.current()
        until(lambda: not lists._lock.locked())
        assert lists.current()[A] == ("mixer", "phishing")
    texts[:] = [B.encode()]
    clock[0] += 11
    lists.current()
    until(lambda: B.lower() in lists.current())
    assert A not in lists.current()


def test_a_list_that_was_never_there_stops_nothing() -> None:
    assert "0x" + "0" * 40 in Lists({"sanctions": ["/nowhere"]}, 10).current()
