"""A long file of requests shared with further processes of the same command; answers come in the file's order.

A helper is `soba call OPERATION --jsonl` itself, fed through a pipe: it ends with whoever feeds it, and no process that
runs threads is forked.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

Work = Callable[[list[bytes]], list[bytes]]
"""Requests to answers, a line each."""
PATIENCE_SECONDS = 0.3
"""Work done alone before helpers are started: less is done before one of them could take part."""
_AHEAD = 2
"""Batches that a helper is given at once, so that it need not wait for the next."""
_MOST_WAITING = 64
"""Batches of answers kept until those before them are there."""


class HelperDied(Exception):
    """A helper ended before it had answered."""


class Helper:
    """One further process."""

    def __init__(self, operation: str) -> None:
        command = [sys.executable, "-m", "cli", "call", operation, "--jsonl", "--processes", "1"]
        self._process = subprocess.Popen(
            command,
            cwd=Path(__file__).resolve().parents[1],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self._waiting = ThreadPoolExecutor(1)
        self.given: deque[Future[list[bytes]]] = deque()

    def take(self, lines: list[bytes]) -> Future[list[bytes]]:
        self.given.append(self._waiting.submit(self._answer, lines))
        return self.given[-1]

    def is_free(self) -> bool:
        while self.given and self.given[0].done():
            self.given.popleft()
        return len(self.given) < _AHEAD

    def _answer(self, lines: list[bytes]) -> list[bytes]:
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.write(b"".join(line.rstrip(b"\r\n") + b"\n" for line in lines))
            self._process.stdin.flush()
        except BrokenPipeError:
            raise HelperDied from None
        answers = [self._process.stdout.readline() for _ in lines]
        if not answers[-1].endswith(b"\n"):
            raise HelperDied
        return answers

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()
        self._waiting.shutdown()


class Sharing:
    """Batches of requests answered here and, once that has taken a while, by helpers too."""

    def __init__(
        self,
        operation: str,
        work: Work,
        helpers: int,
        patience: float = PATIENCE_SECONDS,
        start: Callable[[str], Helper] = Helper,
    ) -> None:
        self._operation = operation
        self._work = work
        self._most = helpers
        self._left = patience
        self._start = start
        self._open = ExitStack()
        self._helpers: list[Helper] = []
        self._waiting: deque[tuple[list[bytes], Future[list[bytes]]]] = deque()

    def __enter__(self) -> Sharing:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._open.close()

    def answers(self, batches: Iterable[list[bytes]]) -> Iterator[list[bytes]]:
        """The answers to each batch; an empty one says that whoever asks waits for all answers so far."""
        for lines in batches:
            if lines:
                self._waiting.append((lines, self._handed_over(lines) or self._done_here(lines)))
            yield from self._ready(everything=not lines)
        yield from self._ready(everything=True)

    def _handed_over(self, lines: list[bytes]) -> Future[list[bytes]] | None:
        if self._left <= 0 and len(self._helpers) < self._most:
            self._start_one()
        free = next((helper for helper in self._helpers if helper.is_free()), None)
        return free.take(lines) if free else None

    def _start_one(self) -> None:
        try:
            helper = self._start(self._operation)
        except OSError:  # no room for another process: the work goes on with those there are
            self._most = len(self._helpers)
            return
        self._helpers.append(helper)
        self._open.callback(helper.close)

    def _done_here(self, lines: list[bytes]) -> Future[list[bytes]]:
        begin = time.monotonic()
        done: Future[list[bytes]] = Future()
        done.set_result(self._work(lines))
        self._left -= time.monotonic() - begin
        return done

    def _ready(self, everything: bool) -> Iterator[list[bytes]]:
        while self._waiting and (everything or self._waiting[0][1].done() or len(self._waiting) > _MOST_WAITING):
            lines, answers = self._waiting.popleft()
            try:
                yield answers.result()
            except HelperDied:
                self._most, self._helpers = 0, []
                yield self._work(lines)
