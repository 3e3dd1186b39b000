"""A stack of stand-ins under the real supervisor, as a program: `small_stack.py HOME [fault]`.

Its services are as real ones are to a supervisor: a server, a process that beats and has a child, a web page.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from cli.__main__ import guarded
from cli.stack.daemon import detached
from cli.stack.home import Home
from cli.stack.probes import Heartbeat, Http
from cli.stack.service import Service
from cli.stack.services import Stack, free_port
from cli.stack.supervisor import Supervisor
from foundation.settings import Settings

BEATS = """
import multiprocessing, pathlib, sys, time
if __name__ == "__main__":
    multiprocessing.get_context("fork").Process(target=time.sleep, args=(600,)).start()
    print("worker begins", flush=True)
    while True:
        pathlib.Path(sys.argv[1]).touch()
        time.sleep(0.2)
"""
FALLS = "print('no model here', flush=True); raise SystemExit(3)"
MUTE = "import time; print('thinking', flush=True); time.sleep(600)"
DEAF = BEATS.replace("import multi", "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); import multi")


def services(stack: Stack, fault: str) -> list[Service]:
    python, port = sys.executable, free_port()
    beat = stack.home.folder / "run" / "worker.heartbeat"
    program = {"falls": FALLS, "mute": MUTE, "deaf": DEAF}.get(fault, BEATS)
    times = {"patience": 3 if fault == "mute" else 60, "silence": 2, "drain": 1}
    page = (python, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", str(stack.home.folder))
    return [
        *stack.services(only=["redis"]),
        Service("worker", (python, "-c", program, str(beat)), Heartbeat(beat, max_age=1), stop=2, **times),
        Service("page", page, Http(f"http://127.0.0.1:{port}/"), stop=1),
    ]


def main(folder: str, fault: str = "") -> int:
    home = Home(Path(folder))

    def work(let_go: object) -> int:
        with home.held():
            stack = Stack(Settings(home=home.folder), home)
            supervisor = Supervisor(services(stack, fault), home, {"redisUrl": stack.redis_url}, echo=False)

            async def when_ready() -> None:
                assert callable(let_go)
                let_go()

            asyncio.run(supervisor.run(when_ready))
        return 0

    return guarded(lambda: detached(work))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
