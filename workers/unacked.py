"""Kombu's books of unacknowledged messages, kept without a wait for the server."""

from __future__ import annotations

from time import time
from typing import Any

import orjson
from kombu.transport import virtual
from kombu.transport.redis import QoS as RedisQoS
from redis.exceptions import ConnectionError, ResponseError, TimeoutError

Commands = list[tuple[Any, ...]]


class QoS(RedisQoS):
    """Enters a message as it is taken and strikes it out as it is acknowledged; kombu waits for the server both times.

    Here the commands are sent at once, in the same order, on a connection of their own, and their answers are read
    before the next are sent. All of them may be given twice, so what met a broken connection is sent again.
    An index entry without a message is harmless, the reverse is not: hence the order within each pair.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)  # type: ignore[no-untyped-call]  # kombu
        self._line = self.channel.pool.make_connection()
        self._unanswered: Commands = []

    def append(self, message: Any, delivery_tag: str) -> None:
        place = message.delivery_info
        text = orjson.dumps([message._raw, place["exchange"], place["routing_key"]])
        self._send(
            [("ZADD", self.unacked_index_key, time(), delivery_tag), ("HSET", self.unacked_key, delivery_tag, text)]
        )
        virtual.QoS.append(self, message, delivery_tag)  # type: ignore[no-untyped-call]  # kombu

    def ack(self, delivery_tag: str) -> None:
        self._send([("HDEL", self.unacked_key, delivery_tag), ("ZREM", self.unacked_index_key, delivery_tag)])
        virtual.QoS.ack(self, delivery_tag)  # type: ignore[no-untyped-call]  # kombu

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        if not requeue:
            self.ack(delivery_tag)
            return
        super().reject(delivery_tag, requeue)  # type: ignore[no-untyped-call]  # kombu

    def restore_by_tag(self, tag: str, client: Any = None, leftmost: bool = False) -> None:
        self._settle()
        super().restore_by_tag(tag, client, leftmost)  # type: ignore[no-untyped-call]  # kombu

    def restore_unacked_once(self, stderr: Any = None) -> None:
        super().restore_unacked_once(stderr)  # type: ignore[no-untyped-call]  # kombu
        self._line.disconnect()

    def _send(self, commands: Commands) -> None:
        self._settle()
        self._unanswered = commands
        try:
            self._line.send_packed_command(self._line.pack_commands(commands), check_health=False)
        except (ConnectionError, TimeoutError):
            self._settle()

    def _settle(self) -> None:
        """Read the answers to what was sent last; raises as a command that was waited for would have."""
        commands, self._unanswered = self._unanswered, []
        if not commands:
            return
        try:
            self._read(commands)
        except (ConnectionError, TimeoutError):
            self._line.disconnect()
            self._line.send_packed_command(self._line.pack_commands(commands), check_health=False)
            self._read(commands)

    def _read(self, commands: Commands) -> None:
        try:
            for _ in commands:
                self._line.read_response()
        except ResponseError:
            self._line.disconnect()  # with it goes the other answer
            raise
