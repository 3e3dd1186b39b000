"""Compose, Kubernetes, Prometheus and Grafana files: valid, of one mind, and about things that exist."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas.primitives import QUEUES

ROOT = Path(__file__).resolve().parents[3]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
OURS = {name: service for name, service in COMPOSE.items() if "build" in service}
EXPECTED = {"bridge", "beat", "flower", "gateway", *(f"worker-{queue}" for queue in QUEUES)}
METRIC = re.compile(r"\bsoba_[a-z_]+")


def manifests() -> list[dict[str, Any]]:
    files = sorted((ROOT / "deploy" / "k8s").glob("*.yaml"))
    return [document for file in files for document in yaml.safe_load_all(file.read_text())]


def deployments() -> dict[str, dict[str, Any]]:
    found = [m for m in manifests() if m["kind"] == "Deployment"]
    return {m["metadata"]["name"]: m["spec"]["template"]["spec"] for m in found}


def test_compose_is_valid() -> None:
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"]
    done = subprocess.run(check, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout


def test_compose_has_one_service_a_process() -> None:
    assert set(OURS) == EXPECTED
    assert {"redis", "cache", "postgres"} <= set(COMPOSE)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_every_process_can_be_watched_stopped_and_bounded(name: str) -> None:
    service = OURS[name]
    assert service["healthcheck"]["test"]
    assert service["stop_grace_period"]
    assert service["restart"] == "unless-stopped"
    assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}
    assert service["read_only"] and service["cap_drop"] == ["ALL"]


def test_nothing_listens_beyond_loopback() -> None:
    ports = [port for service in COMPOSE.values() for port in service.get("ports", [])]
    assert ports
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_the_queues_server_keeps_what_it_is_given() -> None:
    for command in (COMPOSE["redis"]["command"], _container("redis", "StatefulSet")["args"]):
        pairs = dict(zip(command[1::2], command[2::2], strict=True))
        assert (pairs["--appendonly"], pairs["--maxmemory-policy"]) == ("yes", "noeviction")


def _container(name: str, kind: str) -> dict[str, Any]:
    [manifest] = [m for m in manifests() if m["kind"] == kind and m["metadata"]["name"] == name]
    container: dict[str, Any] = manifest["spec"]["template"]["spec"]["containers"][0]
    return container


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_kubernetes_runs_what_compose_runs(name: str) -> None:
    pod = deployments()[name]
    [container] = pod["containers"]
    compose = [part for part in OURS[name]["command"] if "--db=" not in part and "--persistent" not in part]
    assert container["command"] == compose
    assert container["startupProbe"] and container["livenessProbe"]
    assert container["resources"]["limits"]["memory"]
    assert pod["securityContext"]["runAsNonRoot"]
    seconds = int(OURS[name]["stop_grace_period"].rstrip("s"))
    assert pod["terminationGracePeriodSeconds"] >= min(seconds, 20)


def test_every_queue_is_scaled_by_its_own_list() -> None:
    scaled = {m["metadata"]["name"]: m["spec"] for m in manifests() if m["kind"] == "ScaledObject"}
    lists = {name: spec["triggers"][0]["metadata"]["listName"] for name, spec in scaled.items()}
    assert lists == {f"worker-{queue}": f"bull:{queue}:wait" for queue in QUEUES}


def known_metrics() -> set[str]:
    """Names in the sources, with the suffixes that counters and histograms get."""
    files = [*ROOT.glob("bridge/*.py"), *ROOT.glob("models/*.py"), *ROOT.glob("workers/*.py")]
    files += ROOT.glob("clients/node/src/**/*.js")
    names = {name for file in files for name in METRIC.findall(file.read_text())}
    return names | {f"{name}_{suffix}" for name in names for suffix in ("bucket", "sum", "count")}


def test_alerts_and_dashboard_are_about_metrics_that_exist() -> None:
    alerts = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())
    texts = [rule["expr"] for group in alerts["groups"] for rule in group["rules"]]
    panels = json.loads((ROOT / "deploy/grafana/soba.json").read_text())["panels"]
    texts += [target["expr"] for panel in panels for target in panel["targets"]]
    asked = {name for text in texts for name in METRIC.findall(text)}
    assert len(asked) > 8
    assert asked - known_metrics() == set()


def test_prometheus_scrapes_services_that_exist() -> None:
    config = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())
    targets = [t for job in config["scrape_configs"] for s in job["static_configs"] for t in s["targets"]]
    assert {target.partition(":")[0] for target in targets} <= set(COMPOSE)
