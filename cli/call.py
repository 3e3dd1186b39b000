"""`./soba call`: run an operation on JSON requests, here or through the queue."""

from __future__ import annotations

import os
import queue
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import orjson

from foundation.errors import PayloadTooLarge, SobaError
from tasks.discovery import find
from tasks.runner import Answer, run

MAX_LINE = 512 * 1024 * 1024
Runner = Callable[[list[bytes]], Sequence[Answer]]


def batches(stream: BinaryIO, size: int) -> Iterator[list[bytes]]:
    """Lines of the stream, those that wait together in one list; returns at the end of input."""
    waiting: queue.Queue[bytes | None] = queue.Queue(maxsize=4 * size)

    def read() -> None:
        for line in stream:
            waiting.put(line)
        waiting.put(None)

    threading.Thread(target=read, daemon=True).start()
    while True:
        line = waiting.get()
        lines: list[bytes] = []
        while line is not None:
            lines.append(line)
            if len(lines) == size:
                break
            try:
                line = waiting.get_nowait()
            except queue.Empty:
                break
        if lines:
            yield lines
        if line is None:
            return


def text_of(answer: Answer) -> bytes:
    """One line of output: the result, or the failure."""
    if isinstance(answer, SobaError):
        return orjson.dumps({"failure": answer.envelope()})
    return answer


def _checked(runner: Runner) -> Runner:
    def checked(lines: list[bytes]) -> list[Answer]:
        answers: list[Answer] = [PayloadTooLarge(f"the request is over {MAX_LINE} bytes")] * len(lines)
        fits = [i for i, line in enumerate(lines) if len(line) <= MAX_LINE]
        for i, answer in zip(fits, runner([lines[i] for i in fits]), strict=True):
            answers[i] = answer
        return answers

    return checked


def call(operation_name: str, stream: BinaryIO, out: BinaryIO, *, jsonl: bool, runner: Runner | None = None) -> int:
    """Answer the requests of `stream` on `out`; the exit status (1 where a single request failed)."""
    operation = find(operation_name)
    work = _checked(runner or (lambda lines: run(operation, lines)))
    if not jsonl:
        [answer] = work([stream.read()])
        out.write(text_of(answer) + b"\n")
        return 1 if isinstance(answer, SobaError) else 0
    for lines in batches(stream, operation.batch_size):
        out.write(b"".join(text_of(answer) + b"\n" for answer in work(lines)))
        out.flush()
    return 0


def main(operation_name: str, file: str | None, jsonl: bool, runner: Runner | None = None) -> int:
    """As the command line calls it; anything but answers goes to the standard error."""
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # a library that prints must not break the stream of answers
    with Path(file).open("rb") if file and file != "-" else sys.stdin.buffer as stream:
        return call(operation_name, stream, out, jsonl=jsonl, runner=runner)
