"""`./soba up`: everything on this machine, in order, kept running until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from cli.command import CommandFailed, Commands

EXAMPLES = """examples:
  soba up                                  in the foreground; Ctrl-C drains and stops
  soba up --detach && soba call ml.ping '{}' --remote && soba down
  soba up --no-demo --scale worker-fraud=2
  SOBA_HOME=/srv/soba SOBA_GATEWAY_PORT=8080 soba up --no-demo
  SOBA_REDIS_URL=redis://10.0.0.5:6379/0 soba up --only worker-bulk
"""
_DEMO_LIMIT = 300.0


def add_parser(commands: Commands) -> None:
    parser = commands.add_parser(
        "up",
        description="Start the embedded Redis-compatible server (or use SOBA_REDIS_URL), the bridge, a worker per\n"
        "queue, beat, Flower and the Node gateway, then run a demo of every operation from Node.",
        epilog=EXAMPLES,
    )
    parser.add_argument("--detach", action="store_true", help="return when everything is ready; soba down stops it")
    parser.add_argument("--no-demo", action="store_true", help="leave the demo out")
    parser.add_argument("--scale", action="append", default=[], metavar="NAME=N", help="run N of a worker or bridge")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="run this process alone, or these")


def run(options: argparse.Namespace) -> int:
    from cli.stack.daemon import detached

    if options.detach:
        return detached(lambda let_go: _supervise(options, let_go))
    return _supervise(options, None)


def _supervise(options: argparse.Namespace, let_go: Callable[[], None] | None) -> int:
    """Run the stack to its end; `let_go` tells whoever waits for a daemon that everything is ready."""
    from cli.running import connect
    from cli.stack.home import Home
    from cli.stack.services import Stack
    from cli.stack.supervisor import Supervisor
    from foundation.settings import get_settings

    settings = get_settings()
    if settings.redis_url:
        connect(settings.redis_url).close()
    home = Home(settings.home)
    with home.held():
        stack = Stack(settings, home)
        services = stack.services(_scale(options.scale), options.only)
        supervisor = Supervisor(services, home, stack.facts, echo=let_go is None)

        async def when_ready() -> None:
            if not options.only:
                supervisor.journal.say(f"gateway {stack.gateway_url}, Flower {stack.flower_url}, logs in {home.logs}")
            if not options.only and not options.no_demo:
                await _demo(stack.environment)
            if let_go:
                let_go()

        asyncio.run(supervisor.run(when_ready))
    return 0


def _scale(wanted: Sequence[str]) -> dict[str, int]:
    scale = {}
    for entry in wanted:
        name, _, number = entry.partition("=")
        if not number.isdigit() or int(number) < 1:
            raise CommandFailed(f"--scale takes NAME=N with N of at least 1, not {entry!r}", status=2)
        scale[name] = int(number)
    return scale


async def _demo(environment: Mapping[str, str]) -> None:
    """Every operation from Node; what does not work there is told, and the stack stays up."""
    from cli import node
    from cli.setup import ROOT
    from cli.stack.process import MARK
    from cli.stack.services import DEMO

    told = {**os.environ, **environment, MARK: environment["SOBA_HOME"]}
    nothing = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(node.need(), DEMO, cwd=ROOT, env=told, stdin=nothing)
    try:
        status = await asyncio.wait_for(process.wait(), _DEMO_LIMIT)
        if status:
            print(f"soba: the demo ended with status {status}: see the table above", flush=True)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
