"""Every container's command as a plain process, each as its own role of deploy/redis/users.acl."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from string import Template
from urllib.error import HTTPError

import pytest
import redis
import yaml

from cli.stack.services import free_port, redis_server
from schemas.primitives import QUEUES

ROOT = Path(__file__).resolve().parents[3]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
OURS = {name: service for name, service in COMPOSE.items() if "build" in service}
ROLES = ("admin", "bridge", "worker", "beat", "flower", "gateway")
SECRET = "for-this-test"
VARIABLE = re.compile(r"\$\{\w+(?::-([^}]*)|:\?[^}]*)\}")


class Containers:
    """The containers of docker-compose.yml without an engine: the same commands, settings and health checks."""

    def __init__(self, folder: Path, redis_port: int) -> None:
        self.folder, self.redis_port = folder, redis_port
        self.gateway = f"http://127.0.0.1:{free_port()}"
        ports = {"8080": self.gateway.rpartition(":")[2], "5555": str(free_port()), "9464": str(free_port())}
        ports["9465"] = "0"  # of six workers on one machine
        places = {"/var/lib/soba": str(folder), "/tmp/": f"{folder}/NAME-", "0.0.0.0": "127.0.0.1"}
        self.changes = ports | places
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def here(self, name: str, text: str) -> str:
        """A value of the file as it stands on this machine."""
        text = VARIABLE.sub(lambda found: found[1] if found[1] is not None else SECRET, text)
        for old, new in self.changes.items():
            text = text.replace(old, new)
        return text.replace("NAME", name)

    def environment(self, name: str) -> dict[str, str]:
        told = {key: self.here(name, str(value)) for key, value in OURS[name]["environment"].items()}
        role = name.partition("-")[0]
        url = f"redis://{role}:{SECRET}@127.0.0.1:{self.redis_port}/0"
        told |= {"SOBA_REDIS_URL": url, "SOBA_CACHE_URL": url, "SOBA_DATABASE_URL": ""}
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        return {"HOME": str(self.folder), "LANG": "C.UTF-8", **told, "PATH": path}

    def start(self, name: str) -> None:
        command = [self.here(name, part) for part in OURS[name]["command"]]
        with (self.folder / f"{name}.log").open("wb") as log:
            self.running[name] = subprocess.Popen(command, cwd=ROOT, env=self.environment(name), stdout=log, stderr=log)

    def is_healthy(self, name: str) -> bool:
        test = [self.here(name, part) for part in OURS[name]["healthcheck"]["test"][1:]]
        done = subprocess.run(test, cwd=ROOT, env=self.environment(name), capture_output=True, timeout=60, check=False)
        return done.returncode == 0

    def until_healthy(self, limit: float = 100) -> None:
        end, waiting = time.monotonic() + limit, list(self.running)
        while waiting:
            dead = [name for name in waiting if self.running[name].poll() is not None]
            late = waiting if time.monotonic() > end else []
            for name in dead or late:
                pytest.fail(f"{name} is not healthy: {(self.folder / f'{name}.log').read_text()[-2000:]}")
            waiting = [name for name in waiting if not self.is_healthy(name)]

    def stop(self) -> dict[str, int]:
        for process in self.running.values():
            process.terminate()
        try:
            return {name: process.wait(50) for name, process in self.running.items()}
        finally:
            for process in self.running.values():
                process.kill()
                process.wait()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[int]:
    """Port of a server whose default user is off."""
    roles = tmp_path / "users.acl"
    lines = [line for line in (ROOT / "deploy/redis/users.acl").read_text().splitlines() if not line.startswith("#")]
    passwords = {f"{role.upper()}_PASSWORD": SECRET for role in ROLES}
    roles.write_text(Template("\n".join(lines) + "\n").substitute(passwords))
    port = free_port()
    place = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(tmp_path), "--save", "", "--aclfile", str(roles)]
    with subprocess.Popen([redis_server(), *place], stdout=subprocess.DEVNULL) as process:
        yield port
        process.terminate()


@pytest.mark.timeout(240)
def test_every_container_runs_and_answers_as_its_role(server: int, tmp_path: Path) -> None:
    containers = Containers(tmp_path, server)
    admin = redis.Redis(port=server, username="admin", password=SECRET)
    try:
        for name in OURS:
            containers.start(name)
        containers.until_healthy()
        for queue in QUEUES:
            until_answered(containers.gateway, queue)
        denied = [(entry["username"], entry["object"], entry["context"]) for entry in admin.acl_log()]
    finally:
        ended = containers.stop()
        admin.close()
    assert denied == []
    assert {name: status for name, status in ended.items() if status not in (0, -15)} == {}


def until_answered(gateway: str, service: str, limit: float = 60) -> None:
    """Until a probe job has gone through the queue and come back to the gateway."""
    end = time.monotonic() + limit
    while True:
        try:
            with urllib.request.urlopen(f"{gateway}/api/python/health/service/{service}", timeout=20) as answer:
                health = json.load(answer)
        except HTTPError as down:  # 503, and why, while its worker starts
            health = json.load(down)
        if health["status"] == "healthy":
            return
        assert time.monotonic() < end, health
        time.sleep(0.5)
