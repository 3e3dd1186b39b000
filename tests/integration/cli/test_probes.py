"""Probes: ready and alive are two questions."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from cli.stack.probes import Heartbeat, Http, Probe, RedisPing
from cli.stack.services import free_port


class Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(int(self.path.strip("/")))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """A test has nobody who reads it."""


@pytest.fixture
def site() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Page) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


async def both(probe: Probe) -> tuple[bool, bool]:
    return await probe.is_ready(), await probe.is_alive()


@pytest.mark.parametrize(("status", "ready"), [(200, True), (204, True), (401, False), (503, False)])
def test_a_page_that_answers_is_alive(site: str, status: int, ready: bool) -> None:
    assert asyncio.run(both(Http(f"{site}/{status}"))) == (ready, True)


def test_where_nobody_listens_nobody_lives() -> None:
    port = free_port()
    assert asyncio.run(both(Http(f"http://127.0.0.1:{port}/"))) == (False, False)
    assert asyncio.run(both(RedisPing("127.0.0.1", port))) == (False, False)


def test_a_server_answers_ping(redis_server: str) -> None:
    port = int(redis_server.rpartition(":")[2].partition("/")[0])
    assert asyncio.run(both(RedisPing("127.0.0.1", port))) == (True, True)


def test_a_heartbeat_must_be_new(tmp_path: Path) -> None:
    probe = Heartbeat(tmp_path / "run" / "worker.heartbeat", max_age=10)
    probe.reset()
    assert asyncio.run(both(probe)) == (False, False)
    probe.file.touch()
    assert asyncio.run(both(probe)) == (True, True)
    os.utime(probe.file, (0, time.time() - 11))
    assert asyncio.run(both(probe)) == (False, False)
    probe.file.touch()
    probe.reset()
    assert not probe.file.exists()
