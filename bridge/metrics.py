"""What Prometheus sees of the bridge."""

from __future__ import annotations

import time
from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from bridge.job import Job, whole
from foundation.errors import SobaError

_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Metrics:
    """Counters and gauges by queue, operation and code; operations are ours, so that labels stay few."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.waiting = self._gauge("soba_jobs_waiting", "Jobs that wait in BullMQ.")
        self.active = self._gauge("soba_jobs_active", "Jobs that this bridge has in hand.")
        self.oldest = self._gauge("soba_oldest_job_seconds", "Age of the oldest waiting job.")
        self.in_flight = self._gauge("soba_batches_in_flight", "Batches sent and not yet answered.")
        self.degraded = Gauge(
            "soba_model_degraded", "1 while another version serves.", ["model"], registry=self.registry
        )
        self.resends = self._counter("soba_resends_total", "Batches sent again.", "queue")
        self.dead = self._counter("soba_dead_letters_total", "Jobs failed for good.", "queue", "code")
        self.ends = self._counter("soba_jobs_total", "Jobs that ended.", "queue", "operation", "code")
        self.batch = Histogram("soba_batch_size", "Jobs of a batch.", ["queue"], buckets=_SIZES, registry=self.registry)
        self.seconds = Histogram(
            "soba_job_seconds",
            "From a job's addition to its end, delays left out.",
            ["queue", "operation"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.done: dict[str, int] = {}
        self.failed: dict[str, int] = {}
        self.resent: dict[str, int] = {}

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(name, text, ["queue"], registry=self.registry)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, registry=self.registry)

    def serve(self, host: str, port: int) -> int:
        """Listen; returns the port (port 0 takes a free one)."""
        server, _ = start_http_server(port, addr=host, registry=self.registry)
        return int(server.server_port)

    def resend(self, queue: str) -> None:
        self.resends.labels(queue).inc()
        self.resent[queue] = self.resent.get(queue, 0) + 1

    def ended(
        self,
        done: Sequence[tuple[Job, bytes]],
        failed: Sequence[tuple[Job, SobaError]],
        final: Sequence[tuple[Job, SobaError]],
    ) -> None:
        """Count a batch's jobs, all of one operation where they are done; other names are counted under `unknown`."""
        if done:
            queue, operation, now = done[0][0].queue, done[0][0].name, time.time()
            self.ends.labels(queue, operation, "OK").inc(len(done))
            self.done[queue] = self.done.get(queue, 0) + len(done)
            seconds = self.seconds.labels(queue, operation)
            for job, _ in done:
                seconds.observe(max(0.0, now - self._began(job)))
        for job, error in failed:
            name = "unknown" if error.code == "UNKNOWN_OPERATION" else job.name
            self.ends.labels(job.queue, name, error.code).inc()
        for job, error in final:
            self.dead.labels(job.queue, error.code).inc()
            self.failed[job.queue] = self.failed.get(job.queue, 0) + 1

    @staticmethod
    def _began(job: Job) -> float:
        return (job.timestamp + whole(job.opts.get("delay"))) / 1000
