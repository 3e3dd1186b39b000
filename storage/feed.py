"""A chunked Redis stream: entries of many events each, read in order from a position that the store keeps.

The store's cursor says what was taken in, as it changes in one transaction with the events. The consumer group in Redis
follows it, so that `XINFO GROUPS` shows position and lag; nothing is ever left pending.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from redis import Redis

START = "0-0"
Entry = tuple[str, dict[bytes, bytes]]
"""Id, and fields by name."""


class Feed:
    """One stream as one consumer group reads it."""

    def __init__(self, redis: Redis, stream: str, group: str) -> None:
        self.redis = redis
        self.stream = stream
        self.group = group

    def make_group(self) -> None:
        """Make the group, and the stream, where they are not there yet."""
        from redis import ResponseError

        try:
            self.redis.xgroup_create(self.stream, self.group, START, mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    def group_position(self) -> str:
        """Id of the last entry that the group was given; the start where there is no such group."""
        if not self.redis.exists(self.stream):
            return START
        groups = self.redis.xinfo_groups(self.stream)
        positions = {bytes(g["name"]): bytes(g["last-delivered-id"]).decode() for g in groups}
        return positions.get(self.group.encode(), START)

    def read(self, after: str, count: int) -> list[Entry]:
        """Up to `count` entries behind a position."""
        found = cast(
            list[tuple[bytes, dict[bytes, bytes]]], self.redis.xrange(self.stream, min=f"({after}", count=count)
        )
        return [(entry_id.decode(), fields) for entry_id, fields in found]

    def wait(self, after: str, milliseconds: int) -> None:
        """Return when there is an entry behind a position, or the time is up."""
        self.redis.xread({self.stream: after}, count=1, block=milliseconds)

    def advance(self, position: str) -> None:
        """Show in Redis how far the store has come."""
        self.redis.xgroup_setid(self.stream, self.group, position)
