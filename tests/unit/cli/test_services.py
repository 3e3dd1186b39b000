"""The list of services: names, order of starting and stopping, what each is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.command import CommandFailed
from cli.stack.home import Home
from cli.stack.service import Service
from cli.stack.services import Stack
from foundation.settings import Settings
from schemas.primitives import QUEUES

WORKERS = [f"worker-{queue}" for queue in QUEUES]


def stack(tmp_path: Path, **settings: object) -> Stack:
    return Stack(Settings.model_validate({"home": tmp_path, **settings}), Home(tmp_path))


def by_name(services: list[Service]) -> dict[str, Service]:
    return {service.name: service for service in services}


def test_everything_runs_once(tmp_path: Path) -> None:
    names = [service.name for service in stack(tmp_path).services()]
    assert names == ["redis", "bridge", *WORKERS, "beat", "flower", "gateway"]


def test_an_outside_server_takes_the_place_of_ours(tmp_path: Path) -> None:
    url = "redis://10.0.0.5:6379/3"
    services = by_name(stack(tmp_path, redis_url=url).services())
    assert "redis" not in services
    assert {service.environment["SOBA_REDIS_URL"] for service in services.values()} == {url}


def test_the_server_starts_first_and_stops_last(tmp_path: Path) -> None:
    services = by_name(stack(tmp_path).services())
    redis = services.pop("redis")
    assert all(redis.start < other.start and redis.stop > other.stop for other in services.values())
    order = [services[name].stop for name in ("gateway", "bridge", "worker-ml", "flower")]
    assert order == sorted(set(order))


def test_twins_have_a_name_and_a_heartbeat_of_their_own(tmp_path: Path) -> None:
    services = by_name(stack(tmp_path).services({"worker-fraud": 3, "bridge": 2}))
    twins = [services["worker-fraud"], services["worker-fraud-2"], services["worker-fraud-3"]]
    assert [twin.command[-3] for twin in twins] == ["worker-fraud@%h", "worker-fraud-2@%h", "worker-fraud-3@%h"]
    assert len({twin.environment["SOBA_HEARTBEAT_FILE"] for twin in twins}) == 3
    assert services["bridge-2"].command == services["bridge"].command


def test_only_those_asked_for_are_made(tmp_path: Path) -> None:
    services = stack(tmp_path).services({"worker-ml": 2}, ["worker-ml", "bridge"])
    assert [service.name for service in services] == ["bridge", "worker-ml", "worker-ml-2"]
    assert not (tmp_path / "flower.password").exists()


@pytest.mark.parametrize(
    ("scale", "only", "words"),
    [({"worker-gpu": 2}, [], "no process worker-gpu"), ({"beat": 2}, [], "runs once"), ({}, ["x"], "no process x")],
)
def test_what_cannot_be_run_is_refused(tmp_path: Path, scale: dict[str, int], only: list[str], words: str) -> None:
    with pytest.raises(CommandFailed, match=words) as refused:
        stack(tmp_path).services(scale, only)
    assert refused.value.status == 2


def test_the_password_of_flower_is_made_once_and_kept_private(tmp_path: Path) -> None:
    first, second = stack(tmp_path).flower_password, stack(tmp_path).flower_password
    assert first == second
    assert len(first) >= 20
    assert (tmp_path / "flower.password").stat().st_mode & 0o777 == 0o600
    assert stack(tmp_path, flower_password="mine").flower_password == "mine"
    [flower] = stack(tmp_path).services(only=["flower"])
    assert not any(first in part for part in flower.command)
    assert flower.environment["FLOWER_BASIC_AUTH"] == f"soba:{first}"
