"""A stack's home folder: who holds it, and run.json, which says what runs and where."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from cli.command import CommandFailed


class Home:
    """SOBA_HOME. One supervisor at a time holds it, by a lock that goes with the process however it ends."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.run_file = self.folder / "run.json"
        self.lock_file = self.folder / "lock"
        self.logs = self.folder / "logs"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder, and leave neither lock nor run.json; raises CommandFailed where another supervisor does."""
        with self._locked() as lock:
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            try:
                yield
            finally:
                self.run_file.unlink(missing_ok=True)
                self.lock_file.unlink(missing_ok=True)

    def _locked(self) -> TextIO:
        """The lock file, locked; taken anew where its last holder removed it meanwhile."""
        self.folder.mkdir(parents=True, exist_ok=True)
        while True:
            lock = self.lock_file.open("a+")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.path.samestat(os.fstat(lock.fileno()), self.lock_file.stat()):
                    return lock
            except BlockingIOError:
                lock.close()
                raise CommandFailed(self._already()) from None
            except FileNotFoundError:
                pass
            lock.close()

    def _already(self) -> str:
        run = self.read() or {}
        where = f", gateway {run['gatewayUrl']}" if run.get("gatewayUrl") else ""
        return f"it runs already in {self.folder} (process {self.holder()}{where}); ./soba down stops it"

    def holder(self) -> int | None:
        """The process that holds the folder, or None."""
        try:
            with self.lock_file.open() as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    return int(lock.read() or 0) or None
        except FileNotFoundError:
            pass
        return None

    def read(self) -> dict[str, Any] | None:
        """run.json, or None where nothing runs."""
        try:
            run: dict[str, Any] = json.loads(self.run_file.read_text())
        except FileNotFoundError:
            return None
        return run

    def write(self, run: dict[str, Any]) -> None:
        """Replace run.json in one step, so that nobody reads half of it."""
        new = self.run_file.with_suffix(".new")
        new.write_text(json.dumps(run, indent=2) + "\n")
        new.replace(self.run_file)
