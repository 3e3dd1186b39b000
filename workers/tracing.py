"""One trace from the caller to the model: BullMQ's telemetry field in, a span a job out (OpenTelemetry).

Without an SDK in the process the API's spans are free of cost and of effect.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

import orjson


@contextmanager
def spans(name: str, traces: Sequence[str | None] | None, positions: Sequence[int]) -> Iterator[None]:
    """A span of this name for each job whose `tm` carries a W3C traceparent, open while the batch runs."""
    if not traces:
        yield
        return
    from opentelemetry import trace
    from opentelemetry.propagate import extract

    tracer = trace.get_tracer("soba.workers")
    with ExitStack() as stack:
        for position in positions:
            if carrier := _carrier(traces[position]):
                stack.enter_context(tracer.start_as_current_span(name, context=extract(carrier)))
        yield


def _carrier(tm: str | None) -> dict[str, str]:
    """BullMQ's `tm` is the propagator's carrier as JSON text."""
    try:
        found = orjson.loads(tm) if tm else {}
    except orjson.JSONDecodeError:
        return {}
    return {k: v for k, v in found.items() if isinstance(v, str)} if isinstance(found, dict) else {}
