"""Batches whose requests have nothing in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from foundation.errors import InvalidInput, SobaError

Asked = TypeVar("Asked")
Answered = TypeVar("Answered")


def one_by_one(requests: Iterable[Asked], answer: Callable[[Asked], Answered]) -> list[Answered | SobaError]:
    """The answers in order; a request that turns out to be wrong has its InvalidInput in its place."""
    answers: list[Answered | SobaError] = []
    for request in requests:
        try:
            answers.append(answer(request))
        except InvalidInput as fault:
            answers.append(fault)
    return answers
