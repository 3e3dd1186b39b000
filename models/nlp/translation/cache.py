"""Keeps what was translated, by content, for a while."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Hashable


class Cache:
    """The `size` texts used last, each for `ttl` seconds at most; one process's own."""

    def __init__(self, size: int = 20_000, ttl: float = 86_400) -> None:
        self._size, self._ttl = size, ttl
        self._held: OrderedDict[Hashable, tuple[float, str]] = OrderedDict()

    def get(self, key: Hashable) -> str | None:
        entry = self._held.get(key)
        if entry is None or entry[0] < time.monotonic():
            return None
        self._held.move_to_end(key)
        return entry[1]

    def put(self, key: Hashable, text: str) -> None:
        self._held[key] = (time.monotonic() + self._ttl, text)
        self._held.move_to_end(key)
        if len(self._held) > self._size:
            self._held.popitem(last=False)
