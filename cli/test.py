"""`./soba test`: every check and test, Python and Node; what CI runs."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from cli import node
from cli.command import Commands
from cli.setup import LEAKS, ROOT

EXAMPLES = """examples:
  soba test
  soba test --lint
  soba test --python -- tests/unit -k fraud
  soba test --node
"""


def add_parser(commands: Commands) -> None:
    parser = commands.add_parser(
        "test",
        description="Run the linters, the Python tests and the Node tests; all of them, unless some are named.",
        epilog=EXAMPLES,
    )
    parser.add_argument("--lint", action="store_true", help="ruff, its format, mypy and import-linter")
    parser.add_argument("--python", action="store_true", help="pytest")
    parser.add_argument("--node", action="store_true", help="npm test of clients/node")
    parser.add_argument("pytest", nargs="*", help="arguments for pytest, after --")


def run(options: argparse.Namespace) -> int:
    chosen = [part for part in ("lint", "python", "node") if getattr(options, part)] or ["lint", "python", "node"]
    began = time.monotonic()
    results = {
        title: _passes(title, command, folder)
        for part in chosen
        for title, command, folder in checks(part, options.pytest)
    }
    failed = [title for title, passed in results.items() if not passed]
    verdict = f"failed: {', '.join(failed)}" if failed else f"all {len(results)} checks passed"
    print(f"soba test: {verdict} ({time.monotonic() - began:.0f} s)", flush=True)
    return 1 if failed else 0


def checks(part: str, pytest: list[str]) -> list[tuple[str, list[str], Path]]:
    """Title, command and folder of what belongs to a part."""
    python = [sys.executable, "-m"]
    if part == "lint":
        return [
            ("ruff", [*python, "ruff", "check", "."], ROOT),
            ("format", [*python, "ruff", "format", "--check", "."], ROOT),
            ("mypy", [*python, "mypy"], ROOT),
            ("import-linter", [str(Path(sys.executable).with_name("lint-imports"))], ROOT),
        ]
    if part == "python":
        return [("pytest", [*python, "pytest", *pytest], ROOT)]
    if not (node.PACKAGE / "package.json").exists():
        return []
    return [("npm test", [shutil.which("npm", path=node.environment()["PATH"]) or "npm", "test"], node.PACKAGE)]


def _passes(title: str, command: list[str], folder: Path) -> bool:
    print(f"\n── {title}: {' '.join(command)}", flush=True)
    environment = {name: value for name, value in os.environ.items() if name not in LEAKS}
    if node.find():
        environment["PATH"] = node.environment()["PATH"]
    return subprocess.run(command, cwd=folder, env=environment, check=False).returncode == 0
