"""Kombu's Redis transport, with a guard at the door: what is not a task of ours is parked, not delivered.

A stock worker dies of one bad message, is restarted, gets it again and dies again. Here every message of the six
queues is checked as it comes off the list; one that no worker could run is kept whole in the list `soba:poison`.
"""

from __future__ import annotations

import base64
import binascii
import logging
from typing import Any

import orjson
import redis
from kombu.transport.redis import Channel as RedisChannel
from kombu.transport.redis import Transport as RedisTransport

from schemas.keys import POISON
from schemas.primitives import QUEUES
from tasks.operation import REGISTRY
from workers.unacked import QoS

log = logging.getLogger(__name__)


def fault_of(raw: bytes) -> str | None:
    """What makes the message one that no worker could run; None where nothing does."""
    try:
        message = orjson.loads(raw)
        properties, headers = message["properties"], message["headers"]
        body = orjson.loads(base64.b64decode(message["body"], validate=True))
    except (ValueError, TypeError, KeyError, binascii.Error) as error:
        return f"not a Celery message ({type(error).__name__}: {str(error)[:80]})"
    if not isinstance(properties, dict) or not isinstance(headers, dict):
        return "properties or headers are not objects"
    if properties.get("body_encoding") != "base64" or not isinstance(properties.get("delivery_tag"), str):
        return "properties lack body_encoding or delivery_tag"
    if not isinstance(properties.get("delivery_info"), dict) or message.get("content-type") != "application/json":
        return "no delivery_info, or content that is not JSON"
    if headers.get("task") not in REGISTRY or not isinstance(headers.get("id"), str):
        return f"no task of ours: {str(headers.get('task'))[:80]!r}"
    if headers.get("compression"):
        return "compressed"
    return _fault_of_body(body)


def _fault_of_body(body: Any) -> str | None:
    shaped = isinstance(body, list) and [type(part) for part in body] == [list, dict, dict]
    if not shaped or [type(part) for part in body[0]] != [str, list, list, dict]:
        return "the arguments are not those of a batch"
    _, ids, stamps, _ = body[0]
    if len(ids) != len(stamps) or not all(isinstance(job_id, str) for job_id in ids):
        return "the batch's lists do not fit together"
    return None


class GuardedRedis(redis.Redis):
    """A client that parks what `fault_of` refuses as it comes off a task queue."""

    def parse_response(self, connection: Any, command_name: Any, **options: Any) -> Any:
        reply = super().parse_response(connection, command_name, **options)  # type: ignore[no-untyped-call]  # redis-py
        if command_name != "BRPOP" or not reply or not _is_task_queue(reply[0]):
            return reply
        if not (why := fault_of(reply[1])):
            return reply
        log.error("poison: a message of %s is parked in %s: %s", reply[0].decode(errors="replace"), POISON, why)
        self.rpush(POISON, reply[1])
        return None


def _is_task_queue(key: bytes) -> bool:
    """Whether it is one of the six lists, or of their priority steps (`fraud\\x06\\x163`)."""
    return key.split(b"\x06", 1)[0].decode(errors="replace") in QUEUES


class Channel(RedisChannel):
    """A channel whose clients guard the door, and whose books are kept without waiting."""

    QoS = QoS

    def _get_client(self) -> Any:
        client = super()._get_client()  # type: ignore[no-untyped-call]  # kombu
        return GuardedRedis if client is redis.StrictRedis else client


class Transport(RedisTransport):
    """What `broker_transport` names."""

    Channel = Channel
