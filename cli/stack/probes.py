"""How the supervisor sees that a process is ready, and later that it still is."""

from __future__ import annotations

import asyncio
import time
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Protocol

TIMEOUT = 5.0


class Probe(Protocol):
    """Asks one process whether it is well."""

    def reset(self) -> None:
        """Forget what an earlier process of the same name left behind."""

    async def ask(self) -> bool: ...


@dataclass(frozen=True)
class Heartbeat:
    """A file that the process touches every few seconds once it is ready."""

    file: Path
    max_age: float = 20.0

    def reset(self) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.unlink(missing_ok=True)

    async def ask(self) -> bool:
        try:
            return time.time() - self.file.stat().st_mtime < self.max_age
        except FileNotFoundError:
            return False


@dataclass(frozen=True)
class Http:
    """A page that answers 2xx."""

    url: str

    def reset(self) -> None:
        """A port keeps nothing of the process that had it before."""

    async def ask(self) -> bool:
        return await asyncio.to_thread(self._get)

    def _get(self) -> bool:
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with direct.open(self.url, timeout=TIMEOUT) as answer:
                return bool(200 <= answer.status < 300)
        except (OSError, HTTPException):
            return False


@dataclass(frozen=True)
class RedisPing:
    """A server that answers PING (not while it still loads its data)."""

    host: str
    port: int

    def reset(self) -> None:
        """A port keeps nothing of the process that had it before."""

    async def ask(self) -> bool:
        try:
            async with asyncio.timeout(TIMEOUT):
                reader, writer = await asyncio.open_connection(self.host, self.port)
                try:
                    writer.write(b"PING\r\n")
                    return (await reader.readline()).startswith(b"+PONG")
                finally:
                    writer.close()
        except (OSError, TimeoutError):
            return False
