"""Starts the services in order, keeps them running, and takes all of them down again."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import groupby
from typing import Any

from cli.command import CommandFailed
from cli.stack.home import Home
from cli.stack.keeper import Keeper
from cli.stack.logs import Journal, Output
from cli.stack.process import end_marked
from cli.stack.service import Service

Ready = Callable[[], Awaitable[None]]


class Supervisor:
    """One stack: its services, the folder it lives in, and what run.json says of it beside the processes."""

    def __init__(self, services: Sequence[Service], home: Home, facts: Mapping[str, Any], *, echo: bool) -> None:
        self.services, self.home, self.facts, self.echo = services, home, facts, echo
        self.journal = Journal(home.logs)
        self.keepers: list[Keeper] = []
        self.up = False
        self._end, self._hurry = asyncio.Event(), asyncio.Event()

    async def run(self, when_ready: Ready) -> None:
        """Everything from start to end; raises CommandFailed where a service does not come up."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, self.end)
        if left := await asyncio.to_thread(end_marked, self.home.folder):
            self.journal.say(f"stopped {left} processes that an earlier supervisor left behind")
        try:
            await self._until_end(self._start())
            if self._end.is_set():
                raise CommandFailed("stopped before everything was ready")
            self.up = True
            self._write()
            await self._until_end(when_ready())
            await self._end.wait()
        finally:
            await self._stop()

    def end(self) -> None:
        """Drain and stop; asked a second time, stop at once."""
        if self._end.is_set():
            self._hurry.set()
        self._end.set()

    async def _until_end(self, work: Awaitable[None]) -> None:
        """Do the work, or leave it where it is once the end is asked for."""
        task, end = asyncio.ensure_future(work), asyncio.create_task(self._end.wait())
        try:
            await asyncio.wait({task, end}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                task.result()
        finally:
            end.cancel()
            task.cancel()
            await asyncio.wait({task})

    async def _start(self) -> None:
        began = time.monotonic()
        for _, together in groupby(sorted(self.services, key=lambda s: s.start), key=lambda s: s.start):
            stage = [self._keeper(service) for service in together]
            for keeper in stage:
                keeper.start(self._write)
            await asyncio.gather(*(keeper.first_ready for keeper in stage))
        self.journal.say(f"everything is ready ({time.monotonic() - began:.1f} s)")

    def _keeper(self, service: Service) -> Keeper:
        output = Output(service.name, self.home.logs, self.echo)
        keeper = Keeper(service, self.home.folder, self.journal, output)
        self.keepers.append(keeper)
        return keeper

    def _write(self) -> None:
        if self.up:
            processes = [{"name": keeper.service.name, "pid": keeper.pid} for keeper in self.keepers]
            self.home.write({**self.facts, "processes": processes, "supervisorPid": os.getpid()})

    async def _stop(self) -> None:
        self.journal.say("stopping")
        self.up = False
        order = sorted(self.keepers, key=lambda keeper: keeper.service.stop)
        for _, together in groupby(order, key=lambda keeper: keeper.service.stop):
            await asyncio.gather(*(keeper.stop(self._hurry) for keeper in together))
        await asyncio.to_thread(end_marked, self.home.folder)
        self.journal.say("stopped")
