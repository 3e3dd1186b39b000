"""System packages of Debian and Ubuntu: what Python's venv needs, and engines that make more operations answer."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from cli.command import CommandFailed
from cli.progress import show, tell

PACKAGES = Path(__file__).resolve().parent.parent / "deploy" / "apt-packages.txt"
VENV_PACKAGE = f"python3.{sys.version_info.minor}-venv"
VENV_HINT = f"mend it: apt-get install {VENV_PACKAGE}"


def has_apt() -> bool:
    return shutil.which("apt-get") is not None and shutil.which("dpkg-query") is not None


def wanted() -> list[str]:
    """The names in deploy/apt-packages.txt: one a line, # begins a comment."""
    lines = PACKAGES.read_text().splitlines() if PACKAGES.exists() else []
    return [name for line in lines if (name := line.partition("#")[0].strip())]


def missing() -> list[str]:
    """The wanted packages that are not installed."""
    command = ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\\n", *wanted()]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    there = {name for name, status in map(str.split, said.splitlines()) if status == "installed"}
    return [name for name in wanted() if name not in there]


def need_venv() -> None:
    """Make sure that `python -m venv` can work; raises CommandFailed with the command that mends it."""
    if importlib.util.find_spec("ensurepip"):
        return
    if not (has_apt() and os.geteuid() == 0 and _agreed([VENV_PACKAGE])):
        raise CommandFailed(f"this Python lacks venv; {VENV_HINT}")
    _apt([VENV_PACKAGE])
    importlib.invalidate_caches()


def install() -> None:
    """Install the optional packages where we may; without them some operations answer less, and everything runs."""
    names = missing()
    if not names:
        return
    command = f"apt-get install {' '.join(names)}"
    if os.geteuid() != 0 or not _agreed(names):
        tell(f"some translation engines are not installed; to have them: {command}")
        return
    try:
        _apt(names)
    except CommandFailed as failure:
        tell(f"going on without optional packages ({command}): {failure}")


def _agreed(names: list[str]) -> bool:
    """Ask whoever sits there; where nobody does, being root is consent, and we say what we do."""
    if not sys.stdin.isatty():
        return True
    answer = input(f"soba: install the system packages {' '.join(names)}? [Y/n] ")
    return answer.strip().lower() in ("", "y", "yes")


def _apt(names: list[str]) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    mend = f"mend it: apt-get update && apt-get install {' '.join(names)}"
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *names]
    title = f"installing system packages: {' '.join(names)}"
    try:
        show(title, install, mend=mend, environment=environment)
    except CommandFailed:
        show("reading the lists of system packages", ["apt-get", "update", "-q"], mend=mend, environment=environment)
        show(title, install, mend=mend, environment=environment)
