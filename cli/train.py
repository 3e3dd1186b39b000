"""`./soba train`: ml.train from the shell, with its progress."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from cli.command import CommandFailed, Commands
from cli.running import add_redis_option, connect
from foundation.errors import SobaError

EXAMPLES = """examples:
  soba train range-1h --data models/market/sample.parquet
  soba train wallet-fraud --data wallets.parquet --outcomes --promote never
  soba train range-1h --data candles/ --dry-run
"""


def add_parser(commands: Commands) -> None:
    parser = commands.add_parser(
        "train",
        description="Train a model, compare it with the one that serves on rows that neither has seen, and promote it\n"
        "where it is better beyond doubt. A running stack picks the new champion up within seconds.",
        epilog=EXAMPLES,
    )
    parser.add_argument("model", help="such as wallet-fraud; a wrong name is answered with all of them")
    parser.add_argument("--data", type=Path, help="file or folder with the rows (Parquet or CSV)")
    parser.add_argument("--outcomes", action="store_true", help="fraud models: learn from the outcomes reported, too")
    parser.add_argument("--promote", choices=["auto", "never", "force"], default="auto", help="default: auto")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--dry-run", action="store_true", help="only say how long it would take")
    parser.add_argument("--remote", action="store_true", help="on a worker of the queue bulk, not in here")
    add_redis_option(parser)


def run(options: argparse.Namespace) -> int:
    if options.data is None and not options.outcomes:
        raise CommandFailed("expected --data, --outcomes or both", status=2)
    if options.data and not options.data.exists():
        raise CommandFailed(f"{options.data} is not there", status=2)
    answer = _remote(options) if options.remote else _here(options)
    if isinstance(answer, SobaError):
        raise answer
    print(json.dumps(json.loads(answer), indent=2))
    return 0


def request_of(options: argparse.Namespace) -> dict[str, Any]:
    return {
        "model": options.model,
        "source": {"path": str(options.data.resolve()) if options.data else None, "outcomes": options.outcomes},
        "promote": options.promote,
        "seed": options.seed,
        "limits": {"threads": options.threads},
        "dryRun": options.dry_run,
    }


def _here(options: argparse.Namespace) -> bytes | SobaError:
    from tasks.context import Context
    from tasks.discovery import find
    from tasks.runner import run as run_here

    [answer] = run_here(find("ml.train"), [json.dumps(request_of(options))], Context(report=Report()))
    return answer


def _remote(options: argparse.Namespace) -> bytes | SobaError:
    from cli.remote import Remote
    from foundation.settings import get_settings
    from tasks.discovery import find

    operation = find("ml.train")
    remote = Remote(connect(options.redis_url), get_settings().bull_prefix, operation, operation.time_limit)
    [answer] = remote([json.dumps(request_of(options)).encode()])
    return answer


class Report:
    """Progress as lines on the standard error, each once."""

    def __init__(self) -> None:
        self._last = ""

    def __call__(self, done: float, total: float, stage: str, message: str = "") -> None:
        share = f"{done / total:4.0%}" if total else "    "
        line = f"soba: {share} {stage} {message}".rstrip()
        if line != self._last:
            print(line, file=sys.stderr, flush=True)
        self._last = line
