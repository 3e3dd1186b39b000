"""Requests shared among processes: nothing is lost where one of them dies."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import pytest

from cli.sharing import Shared
from schemas.base import Wire
from tasks.operation import REGISTRY, Operation, operation

PARENT = os.getpid()


class Request(Wire):
    n: int
    deadly: bool = False


class Result(Wire):
    n: int
    pid: int


def answer(requests: list[Request]) -> list[Result]:
    """Say who answers; a deadly request ends any process but the first."""
    if any(request.deadly for request in requests) and os.getpid() != PARENT:
        os._exit(1)
    return [Result(n=request.n, pid=os.getpid()) for request in requests]


@pytest.fixture
def registered() -> Iterator[Operation]:
    operation(queue="data", examples=[{"n": 1}], name="test.answer", parallel=True)(answer)
    yield REGISTRY["test.answer"]
    del REGISTRY["test.answer"]


def ask(shared: Shared, count: int, deadly: int = -1) -> list[dict[str, int]]:
    lines = [json.dumps({"n": n, "deadly": n == deadly}).encode() for n in range(count)]
    return [json.loads(made) for made in shared(lines) if isinstance(made, bytes)]


def test_many_requests_are_answered_by_several_processes_and_few_by_none_but_this(registered: Operation) -> None:
    with Shared(registered, 3) as shared:
        few, many = ask(shared, 5), ask(shared, 50)
    assert {each["pid"] for each in few} == {PARENT}
    assert [each["n"] for each in many] == list(range(50))
    assert PARENT not in {each["pid"] for each in many}


def test_a_process_that_dies_costs_no_answer(registered: Operation) -> None:
    with Shared(registered, 2) as shared:
        for deadly in (20, -1):
            made = ask(shared, 50, deadly)
            assert [(each["n"], each["pid"]) for each in made] == [(n, PARENT) for n in range(50)]


def test_an_operation_that_does_not_say_so_is_not_shared(registered: Operation) -> None:
    REGISTRY["test.answer"] = single = Operation(**{**vars(registered), "parallel": False})
    with Shared(single, 4) as shared:
        assert shared.processes == 1
        assert {each["pid"] for each in ask(shared, 50)} == {PARENT}
