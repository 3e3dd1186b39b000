"""How the supervisor sees that a process is ready, and later that it still is."""

from __future__ import annotations

import asyncio
import time
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Protocol
from urllib.error import HTTPError

TIMEOUT = 5.0


class Probe(Protocol):
    """Asks one process whether it is well."""

    def reset(self) -> None:
        """Forget what an earlier process of the same name left behind."""

    async def is_ready(self) -> bool: ...

    async def is_alive(self) -> bool:
        """Asked once it has been ready: less will do then."""


@dataclass(frozen=True)
class Heartbeat:
    """A file that the process touches every few seconds once it is ready."""

    file: Path
    max_age: float = 20.0

    def reset(self) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.unlink(missing_ok=True)

    async def is_ready(self) -> bool:
        try:
            return time.time() - self.file.stat().st_mtime < self.max_age
        except FileNotFoundError:
            return False

    is_alive = is_ready


@dataclass(frozen=True)
class Http:
    """A page: ready with 2xx, alive with any answer (a gateway without workers says 503, and is well itself)."""

    url: str

    def reset(self) -> None:
        """A port keeps nothing of the process that had it before."""

    async def is_ready(self) -> bool:
        return 200 <= await asyncio.to_thread(self._status) < 300

    async def is_alive(self) -> bool:
        return await asyncio.to_thread(self._status) > 0

    def _status(self) -> int:
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with direct.open(self.url, timeout=TIMEOUT) as answer:
                return int(answer.status)
        except HTTPError as error:
            error.close()
            return error.code
        except (OSError, HTTPException):
            return 0


@dataclass(frozen=True)
class RedisPing:
    """A server: ready when it answers PING with PONG, alive with any answer (that it loads its data, say)."""

    host: str
    port: int

    def reset(self) -> None:
        """A port keeps nothing of the process that had it before."""

    async def is_ready(self) -> bool:
        return (await self._answer()).startswith(b"+PONG")

    async def is_alive(self) -> bool:
        return await self._answer() != b""

    async def _answer(self) -> bytes:
        try:
            async with asyncio.timeout(TIMEOUT):
                reader, writer = await asyncio.open_connection(self.host, self.port)
                try:
                    writer.write(b"PING\r\n")
                    return await reader.readline()
                finally:
                    writer.close()
        except (OSError, TimeoutError):
            return b""
