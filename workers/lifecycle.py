"""A worker's life: models loaded in each pool process, presence while it lives, lost batches told to the bridge."""

from __future__ import annotations

import gc
import logging
import multiprocessing
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgpack
from billiard.exceptions import TimeLimitExceeded, WorkerLostError
from celery import signals

from foundation.collector import paused
from foundation.errors import SobaError
from foundation.settings import get_settings
from tasks.discovery import discover
from workers import metrics, tracing
from workers.connection import connection
from workers.presence import Presence

if TYPE_CHECKING:
    from celery import Celery

    from tasks.operation import Operation

log = logging.getLogger(__name__)
_loaded = multiprocessing.get_context("fork").Event()
_presence: list[Presence] = []


def begin(app: Celery) -> None:
    """In a worker that begins: register what its queues need, and hang the steps below on Celery's signals."""
    metrics.prepare(get_settings())
    from workers.execution import register

    queues = sorted(app.amqp.queues.consume_from)
    operations = discover(*queues).values()
    register(app, operations)
    served = [operation for operation in operations if operation.queue in queues]
    for operation in served:
        operation.prepare()
    _quieten()
    signals.worker_process_init.connect(lambda **_: _load(served), weak=False)
    signals.worker_ready.connect(lambda sender, **_: _appear(served, queues, sender.hostname), weak=False)
    signals.worker_shutting_down.connect(lambda **_: _drain(), weak=False)
    signals.worker_process_shutdown.connect(lambda pid, **_: metrics.forget(pid), weak=False)
    signals.worker_shutdown.connect(lambda **_: _leave(), weak=False)
    signals.task_failure.connect(_tell_lost, weak=False)


def _quieten() -> None:
    for chatty in ("celery.app.trace", "celery.worker.strategy"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _load(served: Sequence[Operation]) -> None:
    """In a new pool process: load what the queues' operations need, so that no job waits for it.

    What is loaded stays, so the garbage collector is told to leave it out: to look at it all takes tenths of a second.
    """
    with paused():
        for operation in served:
            _warm(operation)
    tracing.export(get_settings().traces_url)
    gc.freeze()
    _loaded.set()


def _warm(operation: Operation) -> None:
    if operation.load:
        try:
            operation.load()
        except SobaError as error:
            log.warning("%s is not ready: %s", operation.name, error)


def _appear(served: Sequence[Operation], queues: Sequence[str], name: str) -> None:
    presence = Presence(name, queues, served, _loaded, metrics.serve(get_settings()))
    _presence.append(presence)
    presence.start()
    gc.freeze()


def _drain() -> None:
    for presence in _presence:
        presence.drain()


def _leave() -> None:
    for presence in _presence:
        presence.stop()
    _presence.clear()
    metrics.clean()


def _tell_lost(task_id: str, exception: BaseException, args: Sequence[Any], **_: Any) -> None:
    """In the parent: a pool process died or was ended with a batch in hand, so its bridge must know at once."""
    if isinstance(exception, WorkerLostError | TimeLimitExceeded):
        why = "timeout" if isinstance(exception, TimeLimitExceeded) else "crash"
        connection().rpush(args[0], msgpack.packb(["lost", task_id, why]))
