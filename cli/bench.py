"""`./soba bench`: the benchmarks, each beside its peers in one run."""

from __future__ import annotations

import argparse
import ast
import subprocess
import sys
from pathlib import Path

from cli.command import CommandFailed, Commands
from cli.setup import ROOT
from cli.table import table

EXAMPLES = """examples:
  soba bench
  soba bench bridge
  soba bench bridge --jobs 5000
  soba bench bridge --help
"""


def add_parser(commands: Commands) -> None:
    parser = commands.add_parser(
        "bench",
        description="List the benchmarks, or run one: figures beside their baseline or peer, from the same run.",
        epilog=EXAMPLES,
    )
    parser.add_argument("name", nargs="?", help="the benchmark; without one they are listed")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="its own arguments")


def run(options: argparse.Namespace) -> int:
    known = {file.stem: file for file in sorted((ROOT / "benchmarks").glob("*.py")) if "__main__" in file.read_text()}
    if options.name is None:
        print(table(["benchmark", "what it measures"], [[name, summary(file)] for name, file in known.items()]))
        return 0
    name = options.name.replace("-", "_")
    if name not in known:
        raise CommandFailed(f"no benchmark {options.name}; there are {', '.join(known)}", status=2)
    command = [sys.executable, "-m", f"benchmarks.{name}", *options.arguments]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def summary(file: Path) -> str:
    """The first line of a module's docstring, read without importing it."""
    return (ast.get_docstring(ast.parse(file.read_text())) or "").partition("\n")[0]
