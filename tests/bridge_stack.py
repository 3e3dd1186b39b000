"""A bridge, workers and a server of the test's own, over a copy of the project with one operation more."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from redis import Redis

from beat.job import JobSpec, add
from foundation.settings import ROOT
from tests.servers import valkey

PACKAGES = ("bridge", "workers", "beat", "tasks", "models", "features", "storage", "schemas", "foundation", "cli")
OPERATION = '''
"""An operation that does what its input says."""

from __future__ import annotations

import os
import signal
import time

from foundation.errors import ModelUnavailable, SobaError
from schemas.base import Wire
from tasks.context import INERT, Context
from tasks.operation import operation


class Request(Wire):
    n: int
    act: str = "halve"
    seconds: float = 0.0


class Result(Wire):
    half: float


@operation(queue="{queue}", time_limit=1.5, max_bytes=10_000, examples=[{{"n": 4}}])
def {name}(requests: list[Request], context: Context = INERT) -> list[Result | SobaError]:
    """Halve a number, or fail in a given way."""
    return [_one(request, context) for request in requests]


def _one(request: Request, context: Context) -> Result | SobaError:
    if request.act == "crash":
        os.kill(os.getpid(), signal.SIGKILL)
    if request.act == "unavailable":
        return ModelUnavailable("no model today")
    end = time.time() + request.seconds
    while time.time() < end:
        if request.act == "deaf":
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
        elif request.act == "steps":
            context.progress(request.seconds - (end - time.time()), request.seconds, "steps")
        time.sleep(0.02)
    return Result(half=request.n / 2)
'''


class BridgeStack:
    """What a test may do to it: add jobs, look at them, kill and start its processes."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url
        self.project = folder / "project"
        self.redis = Redis.from_url(url)
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.commands: dict[str, list[str]] = {}
        self._copy()

    def _copy(self) -> None:
        for package in PACKAGES:
            shutil.copytree(ROOT / package, self.project / package, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "celeryconfig.py", self.project)
        for queue, name in (("data", "misbehave"), ("bulk", "misbehave_long")):
            file = self.project / "tasks" / "data" / f"{name}.py"
            file.write_text(OPERATION.format(queue=queue, name=name))

    def start(self, name: str, *arguments: str) -> None:
        """Start a process (again): its heartbeat file says when it is ready."""
        if arguments:
            self.commands[name] = [sys.executable, "-m", *arguments]
        beat = self.folder / f"{name}.beat"
        beat.unlink(missing_ok=True)
        settings = {
            "SOBA_REDIS_URL": self.url,
            "SOBA_HOME": str(self.folder / "home"),
            "SOBA_HEARTBEAT_FILE": str(beat),
            "SOBA_BRIDGE_LOCK_MS": "3000",
        }
        if name != "bridge":
            settings["SOBA_WORKER_METRICS_PORT"] = "0"
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                self.commands[name], cwd=self.project, env=os.environ | settings, stdout=log, stderr=log
            )
        self.until(beat.exists, 90, f"{name} is ready; its log: {self.log(name)[-2000:]}")

    def worker(self, queue: str, name: str = "") -> None:
        name = name or f"worker-{queue}"
        options = ["--without-mingle", "--without-gossip", "-n", f"{name}@%h"]
        self.start(name, "celery", "-A", "workers.app", "worker", "-Q", queue, *options)

    def kill(self, name: str, how: int = signal.SIGKILL) -> None:
        self.processes[name].send_signal(how)
        self.processes[name].wait(60)

    def children(self, name: str) -> list[int]:
        pid = self.processes[name].pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def stop(self) -> None:
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.redis.close()

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def add(self, job_id: str, request: dict[str, Any] | None, queue: str = "data", **options: Any) -> str:
        name = options.pop("name", "data.misbehave-long" if queue == "bulk" else "data.misbehave")
        deadline = options.pop("deadline", None)
        options.setdefault("removeOnComplete", False)
        add(self.redis, "bull", [JobSpec(queue, name, request, job_id, deadline, options)])  # type: ignore[arg-type]  # bad input is the point
        return job_id

    def state(self, job_id: str, queue: str = "data") -> str:
        for state in ("completed", "failed", "delayed"):
            if self.redis.zscore(f"bull:{queue}:{state}", job_id) is not None:
                return state
        return "active" if job_id.encode() in self.redis.lrange(f"bull:{queue}:active", 0, -1) else "waiting"

    def job(self, job_id: str, queue: str = "data") -> dict[str, Any]:
        found = self.redis.hgetall(f"bull:{queue}:{job_id}")
        texts = {key.decode(): value.decode() for key, value in found.items()}
        return {key: _json(value) for key, value in texts.items()}

    def polled(self, job_id: str, queue: str = "data") -> Any:
        found = self.redis.get(f"celery-task-meta-{queue}:{job_id}")
        return json.loads(found) if found else None

    def over(self, *job_ids: str, queue: str = "data", limit: float = 30) -> list[dict[str, Any]]:
        """The jobs, once all have completed or failed."""
        ended = lambda: all(self.state(job_id, queue) in ("completed", "failed") for job_id in job_ids)  # noqa: E731 - local predicate
        self.until(ended, limit, f"{job_ids} are over")
        return [self.job(job_id, queue) for job_id in job_ids]

    def executions(self, job_id: str, queue: str = "data") -> int:
        return self.log(f"worker-{queue}").split("\n").count(f"executed {queue}:{job_id}")

    @staticmethod
    def until(condition: Callable[[], bool], limit: float, what: str, every: float = 0.05) -> None:
        end = time.time() + limit
        while not condition():
            if time.time() > end:
                raise AssertionError(f"not within {limit:g} s: {what}")
            time.sleep(every)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


@contextmanager
def running(folder: Path, queues: Sequence[str] = ("data", "bulk")) -> Iterator[BridgeStack]:
    """A server, a bridge and a worker of each queue."""
    with valkey(folder) as url:
        stack = BridgeStack(folder, url)
        try:
            stack.start("bridge", "bridge")
            for queue in queues:
                stack.worker(queue)
            yield stack
        finally:
            stack.stop()
