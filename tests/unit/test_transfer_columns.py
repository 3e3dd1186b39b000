"""Transfers are read alike by columns and, row by row, by pydantic."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from foundation.errors import InvalidInput
from schemas.base import Rows
from schemas.transfers import Activity, RowsOf, Transfer, Transfers, columns_of

A, B = "0x" + "ab" * 20, "0x" + "cd" * 20
READERS = {row: TypeAdapter(Annotated[Transfers, RowsOf(row, 50)]) for row in (Transfer, Activity)}
PLAIN = {row: TypeAdapter(list[row]) for row in READERS}  # type: ignore[valid-type] # made while running
ENDS = st.sampled_from([A, B, A.upper().replace("X", "x"), "0X" + A[2:], "0x1", A + "0", "0x" + "é" * 40, 5, None])
NUMBERS = st.sampled_from([0, 1, -1, True, 1.0, 2**256 - 1, 2**256, 2**53 + 1, "7", "", "1.5", "٣", "0" * 78, "9" * 78])
TIMES = st.sampled_from([0, 1_700_000_000_000, 253_402_300_800_000, "2024-05-01T12:00:00Z", "soon", None])
ROWS = st.fixed_dictionaries(
    {"from": ENDS, "to": ENDS},
    optional={"value": NUMBERS, "token": ENDS, "timestamp": TIMES, "count": NUMBERS, "other": st.just(1)},
)
FINE = st.fixed_dictionaries(
    {
        "from": st.sampled_from([A, B]),
        "to": st.sampled_from([A, B, B.upper().replace("X", "x")]),
        "value": st.just("7"),
    },
    optional={"token": st.just(A), "timestamp": st.just(5)},
)


def outcome(read: Any, rows: Any) -> Any:
    try:
        return read(rows)
    except (ValidationError, InvalidInput) as fault:
        return type(fault)


@pytest.mark.parametrize("row", READERS)
@given(rows=st.lists(ROWS, max_size=2) | st.lists(FINE, max_size=5) | st.lists(st.just(7) | FINE, max_size=3))
def test_both_ways_agree(row: type, rows: list[Any]) -> None:
    quickly = outcome(lambda given: READERS[row].validate_python(given, strict=True), rows)
    slowly = outcome(lambda given: columns_of(PLAIN[row].validate_python(given, strict=True)), rows)
    assert quickly == slowly


@pytest.mark.parametrize("row", READERS)
def test_a_mixed_list_keeps_its_gaps(row: type) -> None:
    made = READERS[row].validate_python(
        [{"from": A, "to": B, "value": 1}, {"from": B.upper().replace("X", "x"), "to": A, "value": "2", "token": A}]
    )
    assert made == Transfers([A, B], [B, A], [1, 2], [None, A], [None, None], [1, 1])


def test_more_rows_than_allowed_are_refused() -> None:
    with pytest.raises(ValidationError, match="at most 50"):
        READERS[Transfer].validate_python([{"from": A, "to": B, "value": 1}] * 51)


@pytest.mark.parametrize("text", [b'{"rows": [NaN]}', b'{"rows": [1e999, Infinity]}', b'{"rows": [', b"[" * 100_000])
def test_rows_that_are_no_json_are_refused(text: bytes) -> None:
    class Many(Rows):
        rows: list[float | None]

    with pytest.raises((InvalidInput, ValidationError)):
        Many.model_validate_json(text)
