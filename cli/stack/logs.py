"""What the services print: a file each, bounded in size, and one prefixed stream for whoever watches."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

LIMIT = 16 * 1024 * 1024
KEPT = 3
_CHUNK = 64 * 1024
_TAIL = 15


def emit(data: bytes) -> None:
    """Write to whoever watches; where nobody does any more, the stack goes on in silence."""
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except (BrokenPipeError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


class LogFile:
    """A file that makes room for itself: at LIMIT bytes it becomes <name>.1, and the oldest of KEPT goes."""

    def __init__(self, path: Path, limit: int = LIMIT) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path, self.limit = path, limit
        self.file: BinaryIO = path.open("ab")

    def write(self, data: bytes) -> None:
        self.file.write(data)
        self.file.flush()
        if self.file.tell() >= self.limit:
            self._turn()

    def _turn(self) -> None:
        self.file.close()
        for number in range(KEPT, 1, -1):
            older = self.path.with_name(f"{self.path.name}.{number - 1}")
            if older.exists():
                older.replace(self.path.with_name(f"{self.path.name}.{number}"))
        self.path.replace(self.path.with_name(f"{self.path.name}.1"))
        self.file = self.path.open("ab")

    def close(self) -> None:
        self.file.close()


class Output:
    """One service's output, in pieces as they come."""

    def __init__(self, name: str, folder: Path, echo: bool) -> None:
        self.name, self.echo = name, echo
        self.file = LogFile(folder / f"{name}.log")
        self.tail: deque[bytes] = deque(maxlen=_TAIL)
        self._rest = b""

    async def copy(self, pipe: BinaryIO) -> None:
        """Copy until every process that holds the other end has gone."""
        self.tail.clear()
        self._rest = b""
        source = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(source), pipe)
        while data := await source.read(_CHUNK):
            with suppress(OSError):  # a full disk must not stop the service, which waits until its words are taken
                self.file.write(data)
            *lines, self._rest = (self._rest + data).split(b"\n")
            self.tail.extend(lines[-_TAIL:])
            if self.echo:
                prefix = f"{self.name:<17} | ".encode()
                emit(b"".join(prefix + line + b"\n" for line in lines))
            self._rest = self._rest[-_CHUNK:]

    def last_lines(self) -> str:
        return b"\n".join([*self.tail, self._rest]).decode(errors="replace").strip()


class Journal:
    """The supervisor's own lines: to whoever watches, and to logs/soba.log."""

    def __init__(self, folder: Path) -> None:
        self.file = LogFile(folder / "soba.log")

    def say(self, message: str) -> None:
        emit(f"soba: {message}\n".encode())
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self.file.write(f"{stamp} {message}\n".encode())
