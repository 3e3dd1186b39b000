"""Runs a batch of raw JSON requests through one operation: every request gets an answer, none harms another."""

from __future__ import annotations

import logging
import re
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from foundation.collector import paused
from foundation.errors import Cancelled, Internal, InvalidInput, SobaError, Timeout
from schemas.base import Rows
from tasks.context import INERT, Context
from tasks.operation import Operation

log = logging.getLogger(__name__)
Answer = bytes | SobaError
_MAX_DETAILS = 20
_USUAL_ENVELOPE = re.compile(rb'\{"input":(\{.*\})(?:,"requestId":"[^"\\]*")?(?:,"deadline":[0-9]+)?\}', re.DOTALL)
"""A job's data as most clients write it: the input's text is cut out, to be read as the operation best reads it."""


def run(
    operation: Operation, inputs: Sequence[bytes | str], context: Context = INERT, *, enveloped: bool = False
) -> list[Answer]:
    """Answers to `inputs` (JSON texts), in order: the result's JSON, or the error of that request alone.

    With `enveloped` each text is a job's data, `{"input": <request>, ...}`.
    """
    if issubclass(operation.request, Rows):
        with paused():  # many objects and no cycles: the collector would look at each of them several times
            return _run(operation, inputs, context, enveloped=enveloped)
    return _run(operation, inputs, context, enveloped=enveloped)


def _run(operation: Operation, inputs: Sequence[bytes | str], context: Context, *, enveloped: bool) -> list[Answer]:
    answers: list[Answer | None] = [None] * len(inputs)
    valid: list[tuple[int, BaseModel]] = []
    for position, text in enumerate(inputs):
        try:
            valid.append((position, parse(operation, text, enveloped=enveloped)))
        except SobaError as error:
            answers[position] = error
    for start in range(0, len(valid), operation.batch_size):
        part = valid[start : start + operation.batch_size]
        outcomes = _outcomes(operation, [request for _, request in part], context.at([i for i, _ in part]))
        for (position, _), outcome in zip(part, outcomes, strict=True):
            answers[position] = outcome
    return [answer if answer is not None else Internal("no answer was made") for answer in answers]


def parse(operation: Operation, text: bytes | str, *, enveloped: bool = False) -> BaseModel:
    """The validated request of a JSON text; raises InvalidInput with the path of every field at fault."""
    raw = text.encode(errors="surrogatepass") if isinstance(text, str) else text
    if not issubclass(operation.request, Rows) and _not_finite(raw):
        raise InvalidInput.at("", "NaN and Infinity are not JSON")
    if enveloped and (cut := _USUAL_ENVELOPE.fullmatch(raw)):
        try:
            return _read(operation, cut[1], enveloped=False)
        except InvalidInput:  # or another field followed the input, and the cut was wrong: the whole text tells
            return _read(operation, raw, enveloped=True)
    return _read(operation, raw, enveloped=enveloped)


def _read(operation: Operation, raw: bytes, *, enveloped: bool) -> BaseModel:
    try:
        if enveloped:
            request: BaseModel = operation.envelope.validate_json(raw, by_alias=True, by_name=False)["input"]
            return request
        return operation.request.model_validate_json(raw, by_alias=True, by_name=False)
    except ValidationError as error:
        raise invalid(error, skip=1 if enveloped else 0) from None
    except RecursionError:
        raise InvalidInput.at("", "nested too deeply") from None


def invalid(error: ValidationError, skip: int = 0) -> InvalidInput:
    """InvalidInput with `{path, message}` of pydantic's errors, the first twenty, less `skip` steps of each path."""
    details = [
        {
            "path": ".".join(str(part) for part in fault["loc"][skip:]),
            "message": fault["msg"].removeprefix("Value error, "),
        }
        for fault in error.errors(include_url=False, include_context=False, include_input=False)[:_MAX_DETAILS]
    ]
    first = details[0]
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    where = f"{first['path']}: " if first["path"] else ""
    return InvalidInput(f"{where}{first['message']}{more}", details)


def _outcomes(operation: Operation, requests: list[BaseModel], context: Context) -> list[Answer]:
    """A batch that fails as a whole is run again one by one, so that only the request at fault fails."""
    try:
        with _limit(operation):
            made = operation(requests, context)
        if len(made) != len(requests):
            raise Internal(f"{operation.name} gave {len(made)} answers to {len(requests)} requests")
        return [_dump(operation, answer) for answer in made]
    except Exception as error:
        if len(requests) > 1 and not isinstance(error, Cancelled):
            return [
                answer
                for position, request in enumerate(requests)
                for answer in _outcomes(operation, [request], context.at([position]))
            ]
        return [_failure(operation, error)] * len(requests)


def _failure(operation: Operation, error: Exception) -> SobaError:
    if isinstance(error, SobaError):
        return error
    log.exception("%s failed", operation.name, exc_info=error)
    return Internal(f"{type(error).__name__} in {operation.name}; the worker's log has the trace")


def _dump(operation: Operation, answer: BaseModel | SobaError) -> Answer:
    if isinstance(answer, SobaError):
        return answer
    try:
        data: bytes = (
            answer.to_json() if isinstance(answer, Rows) else operation.results.dump_json(answer, by_alias=True)
        )
    except (ValueError, TypeError) as error:
        return _failure(operation, error)
    if _not_finite(data):
        return Internal(f"{operation.name} made a result with a number that is not finite")
    return data


def _not_finite(data: bytes) -> bool:
    """Whether the bytes are JSON only for those who take NaN and Infinity as numbers."""
    # a single letter is found many times faster than a word, and most texts lack both
    if not (b"N" in data and b"NaN" in data) and not (b"I" in data and b"Infinity" in data):
        return False
    try:
        from_json(data, allow_inf_nan=True)
    except ValueError:
        return False
    try:
        from_json(data, allow_inf_nan=False)
    except ValueError:
        return True
    return False


@contextmanager
def _limit(operation: Operation) -> Iterator[None]:
    """Raise Timeout in the running function once its time is up.

    Works in a main thread only (POSIX timers): code that never returns to Python is ended by Celery's hard limit.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def late(*_: Any) -> None:
        raise Timeout(f"{operation.name} took longer than its limit of {operation.time_limit:g} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, operation.time_limit)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
