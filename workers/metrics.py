"""What Prometheus sees of a worker: the metrics of all its pool processes, served by their parent.

The pool's processes write theirs to files of a folder (prometheus_client's multiprocess mode), which must be known
before the first metric is made: so `prepare` comes before the import of whatever makes one.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from foundation.settings import Settings

_FOLDER = "PROMETHEUS_MULTIPROC_DIR"


def prepare(settings: Settings) -> None:
    """Give this worker's processes a folder, where a metrics port is set."""
    if settings.worker_metrics_port is not None:
        os.environ[_FOLDER] = tempfile.mkdtemp(prefix="soba-metrics-")
        from prometheus_client import values

        # Celery's command line has imported Flower, and with it prometheus_client, before it imported us.
        values.ValueClass = values.get_value_class()  # type: ignore[no-untyped-call]  # prometheus_client


def serve(settings: Settings) -> int | None:
    """Listen in the parent; the port, None where none is set."""
    if settings.worker_metrics_port is None:
        return None
    from prometheus_client import CollectorRegistry, start_http_server
    from prometheus_client.multiprocess import MultiProcessCollector

    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # prometheus_client
    server, _ = start_http_server(settings.worker_metrics_port, addr=settings.metrics_host, registry=registry)
    return int(server.server_port)


def forget(pid: int) -> None:
    """A pool process has ended: its live gauges go."""
    if _FOLDER in os.environ:
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(pid)  # type: ignore[no-untyped-call]  # prometheus_client


def clean() -> None:
    """Remove the folder at the worker's end; what is left of it lies in the system's temporary folder."""
    if folder := os.environ.get(_FOLDER):
        shutil.rmtree(folder, ignore_errors=True)
