"""data.process-event-stream: every event once, whatever was sent twice, late, malformed or taken back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

from pydantic import Field, model_validator

from foundation.errors import Conflict, InvalidInput, ModelUnavailable, SobaError
from schemas.base import Rows, Wire
from tasks.context import INERT, Context
from tasks.data.validate_blockchain_event import EXAMPLE as EVENT
from tasks.operation import operation
from tasks.resources import resources

if TYPE_CHECKING:
    from storage.feed import Feed
    from tasks.event_intake import Intake

_MAX_EVENTS = 100_000
_MAX_STREAMED = 10_000_000
GROUP = "soba"


class Request(Rows):
    """Events, or a Redis stream to read them from."""

    events: list[Any] | None = Field(None, max_length=_MAX_EVENTS)
    """As data.validate-blockchain-event takes them; a malformed one is counted and listed, not a failure."""
    stream: str | None = Field(None, min_length=1, max_length=300)
    """Key of a stream on the queues' Redis. Every field of an entry is JSON: a list of events, best about 1,000."""
    group: str = Field(GROUP, min_length=1, max_length=300)
    """Consumer group: it reads on from where it stands, in order; one consumer at a time."""
    max_events: int = Field(1_000_000, ge=1, le=_MAX_STREAMED)
    """Read whole entries as long as no more than this many events come together."""
    follow_seconds: int = Field(0, ge=0, le=3000)
    """How long to wait for further entries at the end of the stream."""
    store: bool = True
    """False: validate, compare with the store and count, and change nothing."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.events is None) == (self.stream is None):
            raise ValueError("give either events or stream")
        return self


class Refusal(Wire):
    """One malformed event."""

    index: int
    """Position among the events received, from 0."""
    path: str
    code: str
    """As in the errors of data.validate-blockchain-event, or BELOW_RETENTION."""
    message: str


class Result(Wire):
    """What became of the events: received = accepted + duplicates + rejectedCount + reorged."""

    received: int
    accepted: int
    duplicates: int
    """Known already, or taken back without ever having been live."""
    rejected: list[Refusal]
    """The first 1,000 malformed events."""
    rejected_count: int
    reorged: int
    """Live events that were taken back."""
    out_of_order: int
    """Accepted events below the highest accepted (blockNumber, logIndex) of their chain."""
    stored: int
    last_block: int | None
    """The highest live block of these chains."""
    reorg_depth: int
    """Blocks from the highest one known down to the lowest one taken back."""
    alarms: list[str]


def _example(removed: bool = False, **changes: Any) -> dict[str, Any]:
    return {**EVENT, "removed": removed, **changes}


EXAMPLE = {
    "events": [
        _example(),
        _example(),
        _example(logIndex=5),
        _example(removed=True, logIndex=5),
        _example(blockNumber="17000001"),
    ]
}


@operation(queue="bulk", time_limit=3600, batch_size=1, max_bytes=20_000_000, examples=[EXAMPLE])
def process_event_stream(requests: list[Request], context: Context = INERT) -> list[Result | SobaError]:
    """Validate, de-duplicate, order and store blockchain events.

    An event is known by chain, block hash, transaction hash and log index, across requests and restarts. Removed events
    are taken back with the transfers, trades and candles that came of them. Events and position change in one
    transaction: a process that is killed neither loses nor doubles any.
    """
    return [_process(request, context) for request in requests]


def _process(request: Request, context: Context) -> Result | SobaError:
    from tasks.event_intake import Intake, take_list, take_stream

    intake = Intake(resources().store, resources().settings, keep=request.store)

    def progress(done: int, total: int) -> None:
        context.progress(done, total, "events", f"{intake.totals.accepted} accepted")

    if request.events is not None:
        return _result(intake, take_list(intake, request.events, progress))
    until = time.monotonic() + request.follow_seconds
    try:
        with _redis_faults():
            last_block = take_stream(intake, _feed(request), request.max_events, until, progress)
    except (Conflict, InvalidInput, ModelUnavailable) as error:
        return error
    return _result(intake, last_block)


def _feed(request: Request) -> Feed:
    from storage.feed import Feed

    redis = resources().redis
    if redis is None:
        raise ModelUnavailable("there is no Redis to read a stream from: start the stack, or set SOBA_REDIS_URL")
    return Feed(redis, request.stream or "", request.group)


@contextmanager
def _redis_faults() -> Iterator[None]:
    from redis import ConnectionError as Unreachable
    from redis import ResponseError
    from redis import TimeoutError as Slow

    try:
        yield
    except (Unreachable, Slow) as error:
        raise ModelUnavailable(f"the stream's Redis does not answer: {error}") from error
    except ResponseError as error:
        raise InvalidInput.at("stream", str(error)) from error


def _result(intake: Intake, last_block: int | None) -> Result:
    totals = intake.totals
    return Result(
        received=totals.received,
        accepted=totals.accepted,
        duplicates=totals.duplicates,
        rejected=[
            Refusal(index=index, path=fault.path, code=fault.code, message=fault.message)
            for index, fault in totals.rejected
        ],
        rejected_count=totals.rejected_count,
        reorged=totals.reorged,
        out_of_order=totals.out_of_order,
        stored=totals.stored,
        last_block=last_block,
        reorg_depth=totals.reorg_depth,
        alarms=intake.alarms(),
    )
