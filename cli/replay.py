"""`./soba replay`: the dead letters, which are BullMQ's failed jobs, and their second chance."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cli.command import CommandFailed, Commands
from cli.running import add_redis_option, connect, redis_url
from cli.table import table
from foundation.settings import get_settings
from schemas.primitives import QUEUES

if TYPE_CHECKING:
    from bullmq import Queue

PAGE = 500
EXAMPLES = """examples:
  soba replay                              list the dead letters of every queue
  soba replay fraud --code INTERNAL        those of one queue that failed with one code
  soba replay fraud --id 17 --id 21        give two of them a second chance
  soba replay --all --dry-run              what would be replayed
  soba replay --all
"""


@dataclass(frozen=True)
class DeadLetter:
    """A failed job and why it failed."""

    queue: str
    job: Any
    failed_at: datetime
    code: str
    message: str

    @classmethod
    def of(cls, queue: str, job: Any) -> DeadLetter:
        return cls(queue, job, datetime.fromtimestamp((job.finishedOn or 0) / 1000, UTC), *reason_of(job.failedReason))

    @property
    def cells(self) -> list[str]:
        when = self.failed_at.isoformat(timespec="seconds")
        return [self.queue, str(self.job.id), self.job.name, when, self.code, self.message[:80]]


def add_parser(commands: Commands) -> None:
    parser = commands.add_parser(
        "replay",
        description="List the jobs that failed for good, or put them back to the end of their queue. A job is run\n"
        "again with the same id, so that whoever polls it finds the new answer.",
        epilog=EXAMPLES,
    )
    parser.add_argument("queue", nargs="?", choices=QUEUES, help="this queue alone")
    parser.add_argument("--all", action="store_true", help="replay every job that the other options leave")
    parser.add_argument("--id", action="append", default=[], help="replay this job; repeatable")
    parser.add_argument("--code", help="only jobs that failed with this code")
    parser.add_argument("--limit", type=int, default=20, help="list at most so many of a queue (default 20)")
    parser.add_argument("--dry-run", action="store_true", help="say what would be replayed, and do nothing")
    add_redis_option(parser)


def run(options: argparse.Namespace) -> int:
    connect(options.redis_url).close()
    return asyncio.run(_run(options, [options.queue] if options.queue else QUEUES))


async def _run(options: argparse.Namespace, queues: Sequence[str]) -> int:
    replaying = options.all or options.id
    limit = None if replaying else options.limit
    rows: list[DeadLetter] = []
    found: set[str] = set()
    for name in queues:
        async with _queue(name, redis_url(options.redis_url)) as queue:
            letters = [letter async for letter in _letters(queue, options, limit)]
            if replaying and not options.dry_run:
                for letter in letters:
                    await letter.job.retry("failed", {"resetAttemptsMade": True})
        found |= {str(letter.job.id) for letter in letters}
        rows += letters
    print(table(["queue", "id", "operation", "failed at", "code", "message"], [row.cells for row in rows]))
    if missing := sorted(set(options.id) - found):
        raise CommandFailed(f"no failed job {', '.join(missing)}")
    if replaying:
        print(f"{len(rows)} jobs {'would be' if options.dry_run else 'were'} put back to wait")
    return 0


@asynccontextmanager
async def _queue(name: str, url: str) -> AsyncIterator[Queue]:
    from bullmq import Queue

    queue = Queue(name, {"connection": url, "prefix": get_settings().bull_prefix})
    try:
        yield queue
    finally:
        await queue.close()


async def _letters(queue: Queue, options: argparse.Namespace, limit: int | None) -> AsyncIterator[DeadLetter]:
    """Failed jobs that the options ask for, the newest first; read whole before the first is put back."""
    given, start = 0, 0
    while page := await queue.getFailed(start, start + PAGE - 1):
        start += PAGE
        for job in page:
            letter = DeadLetter.of(queue.name, job)
            wanted = (not options.id or str(job.id) in options.id) and options.code in (None, letter.code)
            if wanted and (limit is None or given < limit):
                given += 1
                yield letter


def reason_of(failed_reason: str | None) -> tuple[str, str]:
    """Code and message of a `failedReason`: our envelope, or the words of whoever else failed the job."""
    try:
        envelope = json.loads(failed_reason or "")
        return str(envelope["code"]), str(envelope["message"])
    except (ValueError, KeyError, TypeError):
        return "?", failed_reason or ""
