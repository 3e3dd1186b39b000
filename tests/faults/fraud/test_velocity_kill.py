"""A worker that is killed, and its job run again, neither loses nor doubles a count."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

from redis import Redis

from features.velocity import Movement, Subject, Velocity

TRANSACTIONS = 400
NOW = 1_790_000_000_000
WORKER = """
import sys
from redis import Redis
from features.velocity import Movement, Subject, Velocity
url, prefix, total, now = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
velocity = Velocity(Redis.from_url(url), prefix, clock=lambda: now / 1000)
print("ready", flush=True)
for start in range(0, total, 20):
    batch = [Movement(f"t{i}", now, (Subject("wallet", "a", 2.0, f"p{i % 7}"),)) for i in range(start, start + 20)]
    assert velocity.observe(batch) is not None
print("done", flush=True)
"""


def test_a_killed_worker_neither_loses_nor_doubles_a_count(redis_server: str) -> None:
    prefix, chance = f"test:{uuid.uuid4()}", random.Random(3)
    command = [sys.executable, "-c", WORKER, redis_server, prefix, str(TRANSACTIONS), str(NOW)]
    root = Path(__file__).parents[3]
    for _ in range(6):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as worker:
            assert worker.stdout is not None
            assert worker.stdout.readline() == "ready\n"
            time.sleep(chance.uniform(0, 0.03))
            worker.send_signal(signal.SIGKILL)
    subprocess.run(command, check=True, cwd=root, stdout=subprocess.DEVNULL)
    with Redis.from_url(redis_server) as redis:
        velocity = Velocity(redis, prefix, clock=lambda: NOW / 1000)
        [last] = velocity.observe([Movement("last", NOW, (Subject("wallet", "a", 2.0, "p0"),))]) or []
    expected = {"count": TRANSACTIONS + 1, "sum": 2.0 * (TRANSACTIONS + 1), "distinct": 7}
    assert last.windows["wallet"] == dict.fromkeys(("1m", "1h", "1d", "7d", "30d"), expected)
