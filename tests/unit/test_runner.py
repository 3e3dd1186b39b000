"""The runner: every request gets an answer, none harms another."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from foundation.errors import InvalidInput, SobaError
from schemas.base import Wire
from tasks.operation import REGISTRY, IncompleteOperation, Operation, operation
from tasks.runner import run


class Request(Wire):
    n: int
    inner: dict[str, float] | None = None


class Result(Wire):
    half: float


@pytest.fixture
def make() -> Iterator[Any]:
    made: list[str] = []

    def register(function: Any, **options: Any) -> Operation:
        name = f"test.{function.__name__}"
        made.append(name)
        operation(**{"queue": "data", "examples": [{"n": 1}], "name": name, **options})(function)
        return REGISTRY[name]

    yield register
    for name in made:
        REGISTRY.pop(name, None)


def halve(requests: list[Request]) -> list[Result | SobaError]:
    """Halve."""
    return [Result(half=r.n / 2) if r.n != 13 else InvalidInput.at("n", "is unlucky") for r in requests]


def bursting(requests: list[Request]) -> list[Result]:
    """Raise on 13."""
    if any(r.n == 13 for r in requests):
        raise ValueError("a bug")
    return [Result(half=r.n / 2) for r in requests]


def slow(requests: list[Request]) -> list[Result]:
    """Sleep on 13."""
    if any(r.n == 13 for r in requests):
        time.sleep(5)
    return [Result(half=1.0) for _ in requests]


def endless(requests: list[Request]) -> list[Result]:
    """Give NaN on 13."""
    return [Result.model_construct(half=float("nan") if r.n == 13 else 1.0) for r in requests]


def codes(answers: list[Any]) -> list[str]:
    return [a.code if isinstance(a, SobaError) else "ok" for a in answers]


LINES = [b'{"n": 1}', b'{"n": 13}', b'{"n": 4}']


@pytest.mark.parametrize(
    ("function", "code"),
    [(halve, "INVALID_INPUT"), (bursting, "INTERNAL"), (slow, "TIMEOUT"), (endless, "INTERNAL")],
)
def test_one_bad_request_harms_no_neighbour(make: Any, function: Any, code: str) -> None:
    answers = run(make(function, time_limit=0.2), LINES)
    assert codes(answers) == ["ok", code, "ok"]
    assert "half" in json.loads(answers[0])


@pytest.mark.parametrize(
    ("line", "path"),
    [
        (b"{", ""),
        (b"", ""),
        (b"null", ""),
        (b"[1]", ""),
        (b'"x"', ""),
        (b"{}", "n"),
        (b'{"n": "1"}', "n"),
        (b'{"n": true}', "n"),
        (b'{"n": 1.5}', "n"),
        (b'{"n": 1, "other": 2}', "other"),
        (b'{"n": NaN}', ""),
        (b'{"n": 1, "inner": {"a": 1e999}}', "inner.a"),
        (b'{"n": 1, "inner": {"a": "\\ud800"}}', ""),
        (b'{"n": 1, "inner": ' + b'{"a":' * 5000 + b"1" + b"}" * 5001, ""),
        (b"\xff\xfe", ""),
        (b'{"n": 1, "inner": {"a": null}}', "inner.a"),
    ],
)
def test_bad_input_names_its_path(make: Any, line: bytes, path: str) -> None:
    before, answer, after = run(make(halve), [b'{"n": 2}', line, b'{"n": 2}'])
    assert isinstance(answer, InvalidInput)
    assert answer.details[0]["path"] == path
    assert answer.details[0]["message"]
    assert codes([before, after]) == ["ok", "ok"]


@pytest.mark.parametrize(
    "rest",
    [
        "",
        ',"requestId":"a","deadline":5',
        ',"deadline":5,"requestId":"a"',
        ',"other":{}',
        ',"requestId":"a","other":{"input":{}}',
    ],
)
def test_an_envelope_may_hold_more_than_its_input(make: Any, rest: str) -> None:
    envelope = '{"input":%s' + rest + "}"
    good, bad = run(make(halve), [envelope % '{"n":4}', envelope % '{"n":"4"}'], enveloped=True)
    assert json.loads(good) == {"half": 2}
    assert isinstance(bad, InvalidInput)
    assert bad.details[0]["path"] == "n"


def test_batches_are_cut_to_size(make: Any) -> None:
    seen: list[int] = []

    def counting(requests: list[Request]) -> list[Result]:
        """Count."""
        seen.append(len(requests))
        return [Result(half=r.n / 2) for r in requests]

    answers = run(make(counting, batch_size=4), [b'{"n": %d}' % n for n in range(10)])
    assert seen == [4, 4, 2]
    assert [json.loads(a)["half"] for a in answers] == [n / 2 for n in range(10)]


@pytest.mark.parametrize(
    ("options", "word"),
    [({"queue": "cpu"}, "queue"), ({"examples": []}, "examples"), ({"examples": [{"m": 1}]}, r"examples\[0\]")],
)
def test_an_incomplete_operation_is_refused_and_says_why(make: Any, options: dict[str, Any], word: str) -> None:
    with pytest.raises(IncompleteOperation, match=word):
        make(halve, **options).prepare()
