"""Candles read from JSON text in one go: whatever the text, the same as read object by object."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from pydantic_core import from_json

from foundation.errors import InvalidInput
from models.market.synthetic import synthetic
from schemas.candle import COLUMNS
from schemas.candle_text import Table, read
from schemas.series import Series, faults_of
from tasks.ml.predict import Request
from tasks.operation import REGISTRY
from tasks.runner import invalid, parse

SERIES = synthetic(168, seed=5)
CANDLES = [
    dict(zip(COLUMNS, row, strict=True))
    for row in zip(*(getattr(SERIES, name).tolist() for name in COLUMNS), strict=True)
]
REQUEST = {"model": "range-1h", "candles": CANDLES, "asset": "X"}
COMPACT = json.dumps(REQUEST, separators=(",", ":")).encode()
ODD = b'0123456789.-+eEN"{}[]:, tfnabc\\\n'


def said(text: bytes) -> Any:
    """The columns and the rest of a request as the product reads it, or where it is at fault."""
    try:
        return parts(parse(REGISTRY["ml.predict"], text))
    except InvalidInput as error:
        return [fault["path"] for fault in error.details]


def plainly(text: bytes) -> Any:
    """The same, object by object."""
    try:
        content = from_json(text, allow_inf_nan=False)
    except ValueError:
        return [""]
    try:
        return parts(Request.model_validate(content, by_alias=True, by_name=False))
    except ValidationError as error:
        return [fault["path"] for fault in invalid(error).details]


def parts(request: Any) -> tuple[Any, ...]:
    return request.model, request.asset, [getattr(request.candles, name).tolist() for name in COLUMNS]


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
@pytest.mark.parametrize("order", [COLUMNS, COLUMNS[::-1], (*COLUMNS[1:], COLUMNS[0])])
def test_candles_written_alike_are_read_as_one_table(order: tuple[str, ...], separators: tuple[str, str]) -> None:
    body = {"candles": [{name: candle[name] for name in order} for candle in CANDLES], "model": "range-1h"}
    content = read(json.dumps(body, separators=separators))
    assert isinstance(content["candles"], Table)
    expected = np.array([[candle[name] for name in COLUMNS] for candle in CANDLES])
    assert np.array_equal(content["candles"].numbers, expected)


@pytest.mark.parametrize(
    "text",
    [
        COMPACT.replace(b'"open":', b'"op1en":', 1),
        COMPACT.replace(b'"open":', b'"open"5:', 1),
        COMPACT.replace(b'"open":', b'"open":+', 1),
        COMPACT.replace(b'"open":', b'"open":0', 1),
        COMPACT.replace(b'"high":', b'"low":', 1),
        COMPACT.replace(b"},{", b"}7,{", 1),
        COMPACT.replace(b"},{", b"},7{", 1),
        COMPACT.replace(b"},{", b"},,{", 1),
        COMPACT.replace(b"},{", b"}{", 1),
        COMPACT.replace(b'"asset":"X"', b'"asset":{"candles":[{}]}'),
        COMPACT.replace(b'"model":"range-1h",', b'"model":{"candles":[]},'),
        b'{"asset":' + COMPACT + b',"model":"range-1h"}',
        b"[" + COMPACT + b"]",
        COMPACT[:-1],
        COMPACT + b"}",
        b"",
    ],
)
def test_a_text_that_only_looks_usual_is_told_apart(text: bytes) -> None:
    assert said(text) == plainly(text)
    assert not isinstance(said(text), tuple)


@pytest.mark.parametrize("number", [b"1e2", b"1E+2", b"100.0e0", b"-0", b"12345678901234567890123"])
def test_numbers_written_otherwise_mean_the_same(number: bytes) -> None:
    start = COMPACT.index(b'"volume":') + len(b'"volume":')
    text = COMPACT[:start] + number + COMPACT[COMPACT.index(b"}", start) :]
    assert said(text) == plainly(text)
    assert isinstance(said(text), tuple)


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_a_text_changed_anywhere_is_read_as_object_by_object(data: st.DataObject) -> None:
    text = bytearray(COMPACT)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(text) - 1))
        with_what = data.draw(st.sampled_from(ODD).map(lambda byte: bytes([byte])) | st.just(b""))
        text[place : place + data.draw(st.integers(0, 1))] = with_what
    assert said(bytes(text)) == plainly(bytes(text))


@pytest.mark.parametrize("tail", [{}, {"requestId": "r-1"}, {"requestId": "r", "deadline": 9e15}, {"deadline": 5}])
def test_a_jobs_data_is_read_as_its_input_alone(tail: dict[str, Any]) -> None:
    operation = REGISTRY["ml.predict"]
    text = json.dumps({"input": REQUEST, **tail}, separators=(",", ":"))
    for written in (text, text.replace('{"input"', '{ "input"')):
        request: Any = parse(operation, written, enveloped=True)
        assert np.array_equal(request.candles.close, SERIES.close)
    with pytest.raises(InvalidInput) as caught:
        parse(operation, text.replace('"high"', '"hihg"'), enveloped=True)
    assert caught.value.details[0]["path"] == "candles.0.high"


@settings(max_examples=300, deadline=None)
@given(
    row=st.integers(0, 167),
    name=st.sampled_from(COLUMNS),
    value=st.sampled_from([0.0, -1.0, 1.0, 1e-31, 1e31, 1e30, 0.5, 3.6e6, 1704067200000.0]) | st.floats(90, 110),
)
def test_candles_are_refused_just_where_a_fault_is_told(row: int, name: str, value: float) -> None:
    candles = [dict(candle) for candle in CANDLES]
    candles[row][name] = value if name != "timestamp" else float(int(abs(value)) % 10**13)
    columns = [np.array([candle[one] for candle in candles]) for one in COLUMNS]
    faults = list(faults_of(Series(columns[0].astype(np.int64), *columns[1:])))
    found = said(json.dumps({**REQUEST, "candles": candles}).encode())
    if faults:
        assert found == [f"candles.{fault['loc'][0]}.{fault['loc'][1]}" for fault in faults[:20]]
    else:
        assert isinstance(found, tuple)
