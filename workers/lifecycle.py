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

from foundation import logs
from foundation.errors import SobaError
from foundation.settings import get_settings
from tasks.discovery import discover
from workers import metrics, tracing
from workers.connection import connection
from workers.presence import Presence

if TYPE_CHECKING:
    from celery import Celery

log = logging.getLogger(__name__)
_loaded = multiprocessing.get_context("fork").Event()
_presence: list[Presence] = []


def connect(app: Celery) -> None:
    """Hang the steps below on Celery's signals."""
    signals.setup_logging.connect(_setup_logging, weak=False)
    signals.worker_process_init.connect(lambda **_: _load(_queues(app)), weak=False)
    signals.worker_ready.connect(lambda sender, **_: _appear(app, sender.hostname), weak=False)
    signals.worker_shutting_down.connect(lambda **_: _drain(), weak=False)
    signals.worker_process_shutdown.connect(lambda pid, **_: metrics.forget(pid), weak=False)
    signals.worker_shutdown.connect(lambda **_: _leave(), weak=False)
    signals.task_failure.connect(_tell_lost, weak=False)


def _queues(app: Celery) -> list[str]:
    return sorted(app.amqp.queues.consume_from)


def _setup_logging(**_: Any) -> None:
    logs.configure(get_settings().log_level)
    for chatty in ("celery.app.trace", "celery.worker.strategy"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _load(queues: Sequence[str]) -> None:
    """In a new pool process: load what the queues' operations need, so that no job waits for it.

    What is loaded stays, so the garbage collector is told to leave it out: to look at it all takes tenths of a second.
    """
    for operation in discover().values():
        if operation.queue in queues and operation.load:
            try:
                operation.load()
            except SobaError as error:
                log.warning("%s is not ready: %s", operation.name, error)
    tracing.export(get_settings().traces_url)
    gc.freeze()
    _loaded.set()


def _appear(app: Celery, name: str) -> None:
    presence = Presence(name, _queues(app), _loaded, metrics.serve(get_settings()))
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
