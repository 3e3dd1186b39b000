"""The decorator that makes a function an operation, and the table of all of them.

    @operation(queue="fraud", time_limit=10, batch_size=256, examples=[{"wallet": {...}}])
    def assess_risk(requests: list[Request]) -> list[Result | SobaError]:
        \"\"\"Score what a transaction, wallet or pool may cost us.\"\"\"

The name follows from the file (`tasks/fraud/assess_risk.py` is `fraud.assess-risk`), the schemas from the module's
`Request` and `Result`. An incomplete operation raises `IncompleteOperation` when its file is imported, or when its
worker begins and tries the examples.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeVar, get_args

from pydantic import BaseModel, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from foundation.errors import SobaError
from schemas.primitives import QUEUES
from tasks.context import Context

MEBI = 1024 * 1024
Function = TypeVar("Function", bound=Callable[..., Sequence[BaseModel | SobaError]])


class IncompleteOperation(TypeError):
    """An operation lacks something that callers rely on; the message names it."""


@dataclass(frozen=True)
class Operation:
    """One operation: what it is called, where it runs, what it takes and gives."""

    name: str
    queue: str
    function: Callable[..., Sequence[BaseModel | SobaError]]
    request: type[BaseModel]
    result: type[BaseModel]
    summary: str
    description: str
    examples: tuple[dict[str, Any], ...]
    cache_ttl: float
    """Seconds for which a client may keep an answer; 0 is never."""
    stale_while_error: bool
    """Whether a client may give an answer past its TTL while the service is down."""
    time_limit: float
    """Seconds that one request may take."""
    batch_size: int
    """Requests handed to the function at once, at most."""
    idempotent: bool
    """Whether running it twice does no harm, so that a client may retry by itself."""
    max_bytes: int
    """The largest job.data accepted through a queue."""
    method: Literal["GET", "POST"]
    long: bool
    """Whether HTTP answers 202 and a job to follow."""
    parallel: bool
    """Whether several processes may share a file of requests: each answer follows from its request alone, and takes
    longer than handing it over."""
    load: Callable[[], object] | None
    """Run once in each worker process before its first job."""
    takes_context: bool

    @property
    def path(self) -> str:
        """REST path below /api/python."""
        return "/" + self.name.replace(".", "/", 1)

    @cached_property
    def envelope(self) -> TypeAdapter[Any]:
        """Reads a job's data, of which the bridge has checked all but `input`."""
        return TypeAdapter(TypedDict("Job", {"input": self.request}))  # type: ignore[operator]  # made while running

    @cached_property
    def results(self) -> TypeAdapter[Any]:
        return TypeAdapter(self.result)

    def prepare(self) -> None:
        """Build what reads its requests and writes its results, so that no job waits for it.

        Raises IncompleteOperation where an example is not a valid request.
        """
        self.result.model_rebuild()
        for position, example in enumerate(self.examples):
            try:
                self.request.model_validate(example)
            except ValidationError as fault:
                where = f"operation {self.name} ({self.function.__code__.co_filename})"
                raise IncompleteOperation(f"{where}: examples[{position}] is not a valid Request: {fault}") from None

    def __call__(self, requests: Sequence[BaseModel], context: Context) -> Sequence[BaseModel | SobaError]:
        if self.takes_context:
            return self.function(list(requests), context)
        return self.function(list(requests))


REGISTRY: dict[str, Operation] = {}


def operation(
    *,
    queue: str,
    examples: Sequence[dict[str, Any]],
    cache_ttl: float = 0,
    stale_while_error: bool = False,
    time_limit: float = 30,
    batch_size: int = 128,
    idempotent: bool = True,
    max_bytes: int = MEBI,
    method: Literal["GET", "POST"] = "POST",
    long: bool | None = None,
    parallel: bool = False,
    load: Callable[[], object] | None = None,
    name: str | None = None,
) -> Callable[[Function], Function]:
    """Register the decorated function under the name of its file; see `Operation` for the meaning of each option."""

    def register(function: Function) -> Function:
        made = _inspect(
            function,
            name or _name_of(function),
            queue=queue,
            examples=tuple(examples),
            cache_ttl=cache_ttl,
            stale_while_error=stale_while_error,
            time_limit=time_limit,
            batch_size=batch_size,
            idempotent=idempotent,
            max_bytes=max_bytes,
            method=method,
            long=queue == "bulk" if long is None else long,
            parallel=parallel,
            load=load,
        )
        present = REGISTRY.get(made.name)
        if present and present.function.__code__.co_filename != function.__code__.co_filename:
            raise IncompleteOperation(f"{made.name}: two files declare this name")
        REGISTRY[made.name] = made
        return function

    return register


def _name_of(function: Callable[..., Any]) -> str:
    domain, _, stem = function.__module__.rpartition(".")
    return f"{domain.rpartition('.')[2]}.{stem}".replace("_", "-")


def _inspect(function: Callable[..., Any], name: str, **options: Any) -> Operation:
    def need(ok: object, what: str) -> None:
        if not ok:
            raise IncompleteOperation(f"operation {name} ({function.__code__.co_filename}): {what}")

    module = sys.modules[function.__module__]
    request, result = getattr(module, "Request", None), getattr(module, "Result", None)
    need(isinstance(request, type) and issubclass(request, BaseModel), "the module lacks a pydantic model Request")
    need(isinstance(result, type) and issubclass(result, BaseModel), "the module lacks a pydantic model Result")
    assert request and result
    need(options["queue"] in QUEUES, f"queue must be one of {', '.join(QUEUES)}, not {options['queue']!r}")
    need(options["method"] in get_args(Literal["GET", "POST"]), "method must be GET or POST")
    need(options["time_limit"] > 0, "time_limit must be above 0")
    need(options["batch_size"] > 0, "batch_size must be above 0")
    need(options["max_bytes"] > 0, "max_bytes must be above 0")
    documentation = inspect.getdoc(function) or ""
    need(documentation, "the function lacks a docstring; its first line is the summary")
    parameters = list(inspect.signature(function).parameters)
    need(1 <= len(parameters) <= 2, "the function takes (requests) or (requests, context)")
    need(options["examples"], "examples is empty; give at least one request that works as it stands")
    return Operation(
        name=name,
        function=function,
        request=request,
        result=result,
        summary=documentation.splitlines()[0].rstrip("."),
        description=documentation,
        takes_context=len(parameters) == 2,
        **options,
    )
