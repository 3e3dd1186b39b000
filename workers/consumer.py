"""Celery's consumer, with events for Flower sent a few times a second instead of three times a batch."""

from __future__ import annotations

from time import monotonic

from celery.worker.consumer import Consumer as CeleryConsumer

_PERIOD = 0.2


class Consumer(CeleryConsumer):  # type: ignore[misc]  # celery has no types
    """What `worker_consumer` names.

    Celery publishes the events of tasks as soon as its loop comes round, and waits for the server while the task they
    speak of waits for its process. Here they are gathered for a fifth of a second; each keeps its own time stamp.
    """

    _due = 0.0

    def on_send_event_buffered(self) -> None:
        now = monotonic()
        if now >= self._due:
            self._due = now + _PERIOD
            self.hub.call_later(_PERIOD, self._flush_events)

    def shutdown(self) -> None:
        self._flush_events()
        super().shutdown()
