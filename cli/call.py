"""`./soba call`: run an operation on JSON requests, here or through the queue."""

from __future__ import annotations

import argparse
import io
import os
import queue
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import orjson

from cli.command import CommandFailed, Commands
from cli.running import add_redis_option, connect
from cli.sharing import PATIENCE_SECONDS, Sharing
from foundation.errors import PayloadTooLarge, SobaError
from tasks.discovery import find
from tasks.operation import Operation
from tasks.runner import Answer
from tasks.runner import run as run_here

MAX_LINE = 512 * 1024 * 1024
Runner = Callable[[list[bytes]], Sequence[Answer]]
EXAMPLES = """examples:
  soba call fraud.ping '{"echo": 1}'
  soba call fraud.assess-risk -f request.json
  soba call fraud.assess-risk --jsonl < requests.jsonl > answers.jsonl
  soba call fraud.ping '{"echo": 1}' --remote
"""
REMOTE_SECONDS = 600.0
_MOST_PROCESSES = 4


def add_parser(commands: Commands) -> None:
    parser = commands.add_parser(
        "call",
        description="Run an operation on a JSON request, or with --jsonl on one request a line.\n"
        'Answers come in order; a request that fails answers {"failure": {"code", "message", ...}} in its place.',
        epilog=EXAMPLES,
    )
    parser.add_argument("operation", help="its name, such as fraud.assess-risk")
    parser.add_argument("request", nargs="?", help="the request itself, where no file holds it")
    parser.add_argument("-f", "--file", help="read requests from this file; - or nothing is the standard input")
    parser.add_argument("--jsonl", action="store_true", help="one request a line in, one answer a line out")
    parser.add_argument("--remote", action="store_true", help="through the queue of a running stack, not in here")
    parser.add_argument(
        "--timeout", type=float, default=REMOTE_SECONDS, help=f"seconds to wait remotely (default {REMOTE_SECONDS:g})"
    )
    parser.add_argument(
        "--processes",
        type=int,
        help="share the lines among so many processes at once; otherwise one for each core (4 at most) takes part "
        f"in what takes longer than {PATIENCE_SECONDS:g} s, where the operation allows it",
    )
    add_redis_option(parser)


def run(options: argparse.Namespace) -> int:
    if options.request is not None and options.file is not None:
        raise CommandFailed("give the request itself or a file, not both", status=2)
    runner = _remote(options) if options.remote else None
    if options.processes is not None and options.processes < 1:
        raise CommandFailed("--processes: expected at least 1", status=2)
    return main(options.operation, options.file, options.jsonl, runner, options.request, options.processes)


def _remote(options: argparse.Namespace) -> Runner:
    from cli.remote import Remote
    from foundation.settings import get_settings

    operation = find(options.operation)
    return Remote(connect(options.redis_url), get_settings().bull_prefix, operation, options.timeout)


def batches(stream: BinaryIO, size: int) -> Iterator[list[bytes]]:
    """Lines of the stream, those that wait together in one list, and an empty one where nothing waits."""
    waiting: queue.Queue[bytes | None] = queue.Queue(maxsize=4 * size)

    def read() -> None:
        for line in stream:
            waiting.put(line)
        waiting.put(None)

    threading.Thread(target=read, daemon=True).start()
    while True:
        if waiting.empty():
            yield []
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


def call(
    operation_name: str,
    stream: BinaryIO,
    out: BinaryIO,
    *,
    jsonl: bool,
    runner: Runner | None = None,
    processes: int | None = None,
) -> int:
    """Answer the requests of `stream` on `out`; the exit status (1 where a single request failed)."""
    operation = find(operation_name)
    work = _checked(runner or (lambda lines: run_here(operation, lines)))
    if not jsonl:
        [answer] = work([stream.read()])
        out.write(text_of(answer) + b"\n")
        out.flush()
        return 1 if isinstance(answer, SobaError) else 0
    patience = PATIENCE_SECONDS if processes is None else 0
    helpers = (processes or _processes(operation)) - 1 if runner is None else 0

    def answered(lines: list[bytes]) -> list[bytes]:
        return [text_of(answer) + b"\n" for answer in work(lines)]

    with Sharing(operation.name, answered, helpers, patience) as shared:
        for answers in shared.answers(batches(stream, operation.batch_size)):
            out.writelines(answers)
            out.flush()
    return 0


def _processes(operation: Operation) -> int:
    return min(_MOST_PROCESSES, os.cpu_count() or 1) if operation.parallel else 1


def _opened(file: str | None, request: str | None) -> BinaryIO:
    if request is not None:
        return io.BytesIO(request.encode(errors="surrogateescape"))
    return Path(file).open("rb") if file and file != "-" else sys.stdin.buffer


def main(
    operation_name: str,
    file: str | None,
    jsonl: bool,
    runner: Runner | None = None,
    request: str | None = None,
    processes: int | None = None,
) -> int:
    """As the command line calls it; anything but answers goes to the standard error."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a library that prints must not break the stream of answers
    with _opened(file, request) as stream:
        return call(operation_name, stream, out, jsonl=jsonl, runner=runner, processes=processes)
