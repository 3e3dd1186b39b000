"""Names of the Redis keys that processes share; every one but Celery's and BullMQ's begins with `soba:`."""

from __future__ import annotations

CANCEL_CHANNEL = "soba:cancel"
POISON = "soba:poison"
WORKERS = "soba:workers"
"""Sorted set of workers' record keys by the time (epoch s) at which each runs out; so that nobody has to SCAN."""
BRIDGES = "soba:bridges"
"""The same of the bridges' record keys."""


def result(queue: str, job_id: str) -> str:
    """Celery's own key of a task's outcome: what pollers read."""
    return f"celery-task-meta-{queue}:{job_id}"


def cancel(queue: str, job_id: str) -> str:
    """Set while a running job is asked to stop."""
    return f"soba:cancel:{queue}:{job_id}"


CLAIM_SECONDS = 10
"""How long a claim outlives the worker that last renewed it."""


def claim(batch: str) -> str:
    """Names the processes that have a batch in hand (`foundation.processes`), and is kept alive by them."""
    return f"soba:claim:{batch}"


def payloads(batch: str) -> str:
    """The data of a batch's jobs, one msgpack array, for whoever runs it; Celery's message carries none of it."""
    return f"soba:batch:{batch}"


def done(batch: str) -> str:
    """Failures of a batch that was answered (the successes are under their polling keys)."""
    return f"soba:done:{batch}"


def reply(bridge: str) -> str:
    """The list on which a bridge gets its answers."""
    return f"soba:reply:{bridge}"


def worker(queue: str, name: str) -> str:
    """A worker's record: what it serves, with what, and how it is."""
    return f"soba:worker:{queue}:{name}"


def contract(code: str) -> str:
    """The version of the contract that this code serves; empty while a worker works it out."""
    return f"soba:contract:{code}"


def bridge(name: str) -> str:
    """A bridge's record."""
    return f"soba:bridge:{name}"


def probe(queue: str) -> str:
    """The last probes of a queue, newest first."""
    return f"soba:probe:{queue}"


PROBES_SENT = "soba:probes-sent"
"""Hash of queue to the id of the probe that is under way."""

CONSUMERS_SENT = "soba:consumers-sent"
"""Hash of event stream to the id of the job that reads it."""


DEGRADED = "soba:degraded"
"""Hash of model to the time (epoch s) at which a worker last had to serve another version than the champion."""


def predictions(model: str) -> str:
    """Stream of what a market model said lately."""
    return f"soba:predictions:{model}"


def training(model: str) -> str:
    """Sorted set of a model's trainings that are under way, each until a time (epoch s)."""
    return f"soba:training:{model}"


def retrain(model: str) -> str:
    """Set while beat will not ask for another training of a model."""
    return f"soba:retrain:{model}"
