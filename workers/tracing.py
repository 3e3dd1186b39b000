"""One trace from the caller to the model: BullMQ's telemetry field in, a span a job out (OpenTelemetry).

Without an SDK in the process the API's spans are free of cost and of effect.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

import orjson

log = logging.getLogger(__name__)
_LATE_MS = 1000


def export(url: str | None) -> None:
    """In a pool process: send its spans to the collector at this address (OTLP over HTTP), a second late at most."""
    if not url:
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        log.warning("traces go nowhere: SOBA_TRACES_URL is set, but the packages of the extra `otel` are not there")
        return
    from opentelemetry import trace

    provider = TracerProvider(resource=Resource.create({"service.name": "soba-worker"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(url), schedule_delay_millis=_LATE_MS))
    trace.set_tracer_provider(provider)


@contextmanager
def spans(name: str, traces: Mapping[str, str | None]) -> Iterator[None]:
    """A span of this name for each job, by id, whose `tm` carries a W3C traceparent; open while the batch runs."""
    if not traces:
        yield
        return
    from opentelemetry import trace
    from opentelemetry.propagate import extract

    tracer = trace.get_tracer("soba.workers")
    with ExitStack() as stack:
        for job_id, tm in traces.items():
            if carrier := _carrier(tm):
                span = tracer.start_as_current_span(
                    name,
                    context=extract(carrier),
                    kind=trace.SpanKind.CONSUMER,
                    attributes={"messaging.message.id": job_id, "messaging.batch.message_count": len(traces)},
                )
                stack.enter_context(span)
        yield


def _carrier(tm: str | None) -> dict[str, str]:
    """BullMQ's `tm` is the propagator's carrier as JSON text."""
    try:
        found = orjson.loads(tm) if tm else {}
    except orjson.JSONDecodeError:
        return {}
    return {k: v for k, v in found.items() if isinstance(v, str)} if isinstance(found, dict) else {}
