"""Brings a checkout to where it can run: .venv from the lock file, Node where there is none, npm packages.

Runs before anything is installed, so it uses the standard library alone. Each step is done once: a stamp in what it
made holds the digest of what it was made from. Launches side by side on one checkout wait for each other.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cli import node, system
from cli.command import CommandFailed
from cli.progress import show, tell

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
NODE_COMMANDS = frozenset({"up", "test", "schemas", "bench"})
LEAKS = ("VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "__PYVENV_LAUNCHER__")
"""Variables of a shell's own Python that would make another one of ours.

Without byte code kept, each process of the stack would compile all that it imports, at every start.
"""


@dataclass(frozen=True)
class Step:
    """Something to be made once from a file, and again when it changes."""

    made: Path
    """The folder that is there afterwards; the stamp lies in it."""
    source: Path
    make: Callable[[], None]

    @property
    def stamp(self) -> Path:
        return self.made / f".made-from-{self.source.name}"

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.source.read_bytes()).hexdigest()

    @property
    def done(self) -> bool:
        """A folder that a developer linked in is theirs, and taken as it is."""
        return self.made.is_symlink() or (self.stamp.exists() and self.stamp.read_text() == self.digest)

    def run(self) -> None:
        self.make()
        self.stamp.write_text(self.digest)


NPM_PACKAGES = Step(node.PACKAGE / "node_modules", node.PACKAGE_LOCK, node.install)


def launch(arguments: Sequence[str]) -> int:
    """Do what is left to do for a command, then run it under the checkout's own Python."""
    try:
        _prepare(arguments[0])
    except (CommandFailed, OSError) as failure:
        tell(str(failure))
        return 1
    if Path(sys.prefix).resolve() != ENVIRONMENT.resolve():
        environment = {name: value for name, value in os.environ.items() if name not in LEAKS}
        os.execve(PYTHON, [str(PYTHON), str(ROOT / "soba"), *arguments], environment)
    from cli.__main__ import main

    return main(arguments)


def _prepare(command: str) -> None:
    if PYTHON.exists() and all(step.done for step in _steps(command)):
        return
    with _alone():
        if not _works():
            _make_environment()
        for step in _steps(command):
            if not step.done:
                step.run()


def _works() -> bool:
    if not PYTHON.exists() or ENVIRONMENT.is_symlink():
        return PYTHON.exists()
    return subprocess.run([PYTHON, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0


def _steps(command: str) -> Iterator[Step]:
    lock = ROOT / ("requirements-dev.lock" if command == "test" else "requirements.lock")
    yield Step(ENVIRONMENT, lock, lambda: install(lock))
    if command not in NODE_COMMANDS:
        return
    if not node.find():
        yield Step(ENVIRONMENT, node.LOCK, lambda: install(node.LOCK))
    if node.PACKAGE_LOCK.exists():
        yield NPM_PACKAGES
    if system.PACKAGES.exists() and system.has_apt():
        yield Step(ENVIRONMENT, system.PACKAGES, system.install)


def install(lock: Path) -> None:
    """Install what a lock file pins, by hash; byte code is made when a module is first imported."""
    count = sum(not line.startswith((" ", "#")) for line in lock.read_text().splitlines())
    command = [str(PYTHON), "-m", "pip", "install", "--no-compile", "--require-hashes", "-r", str(lock)]
    title = f"installing {count} Python packages into {ENVIRONMENT.name} ({lock.name})"
    show(title, [*command, "--disable-pip-version-check", "--no-input"], mend="run it again, or see ./soba doctor")


def _make_environment() -> None:
    system.need_venv()
    if ENVIRONMENT.exists() or ENVIRONMENT.is_symlink():
        tell(f"{ENVIRONMENT.name} is broken, making it anew")
        ENVIRONMENT.unlink() if ENVIRONMENT.is_symlink() else shutil.rmtree(ENVIRONMENT)
    show(f"making {ENVIRONMENT.name}", [sys.executable, "-m", "venv", str(ENVIRONMENT)], mend=system.VENV_HINT)


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the checkout against other launches; the lock goes with the process."""
    with (ROOT / "requirements.lock").open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell("another launch is setting up, waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
