"""`./soba doctor`: what is wrong here, and the command that mends it."""

from __future__ import annotations

import argparse

from cli.command import CommandFailed, Commands
from cli.running import add_redis_option, connect

EXAMPLES = """examples:
  soba doctor
  soba doctor --quiet
  soba doctor --redis-url redis://10.0.0.5:6379/0
"""


def add_parser(commands: Commands) -> None:
    parser = commands.add_parser(
        "doctor",
        description="Look at programs, packages, files, and the stack where one runs. Exits 1 where something fails.",
        epilog=EXAMPLES,
    )
    parser.add_argument("--quiet", action="store_true", help="leave out what is well")
    add_redis_option(parser)


def run(options: argparse.Namespace) -> int:
    from cli.checkup import local, stack
    from cli.checkup.finding import Finding, findings

    found = [finding for what, check in local.checks().items() for finding in findings(what, check)]
    try:
        redis = connect(options.redis_url)
    except CommandFailed as failure:
        found.append(Finding("warn", "stack", str(failure), "./soba up --detach"))
    else:
        found += [finding for what, check in stack.checks(redis).items() for finding in findings(what, check)]
    for finding in found:
        if not options.quiet or finding.level != "ok":
            print(finding)
    counts = {level: sum(finding.level == level for finding in found) for level in ("ok", "warn", "fail")}
    print(f"{counts['ok']} ok, {counts['warn']} warnings, {counts['fail']} failures")
    return 1 if counts["fail"] else 0
