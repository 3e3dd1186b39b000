"""Keeps one service running: starts it, waits until it is ready, starts it again when it dies or falls silent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from cli.command import CommandFailed
from cli.stack.logs import Journal, Output
from cli.stack.process import end_group, spawn
from cli.stack.service import Service

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0
SETTLED = 30.0
"""Seconds after which a process counts as one that works, so that its next fall is the first again."""
HOPELESS = 3
"""Falls before it was ever ready, after which starting it again is given up."""
ASKING, WATCHING = 0.1, 5.0
"""Seconds between questions: until it is ready, and from then on."""


class Keeper:
    """One service's life under the supervisor; `changed` is called whenever its process is another."""

    def __init__(self, service: Service, home: Path, journal: Journal, output: Output) -> None:
        self.service, self.home, self.journal, self.output = service, home, journal, output
        self.pid: int | None = None
        self.stopping = self.hopeless = False
        self.first_ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self, changed: Callable[[], None]) -> None:
        self._task = asyncio.create_task(self._keep(changed))

    async def _keep(self, changed: Callable[[], None]) -> None:
        pause, falls = FIRST_PAUSE, 0
        while True:
            began = time.monotonic()
            try:
                why = await self._live(changed)
            except OSError as error:
                why = f"cannot be started: {error}"
            falls += 1
            if falls == HOPELESS and not self.first_ready.done():
                self._give_up(why)
            if self.stopping or self.hopeless:
                return
            pause = FIRST_PAUSE if time.monotonic() - began > SETTLED else pause
            self.journal.say(f"{self.service.name} {why}; starting it again in {pause:g} s")
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _give_up(self, why: str) -> None:
        """Before the stack is up, a service that does not come up ends the start; later, nothing does."""
        self.hopeless = True
        said = self.output.last_lines()
        tail = f"; its last lines:\n{said}" if said else ""
        self.first_ready.set_exception(CommandFailed(f"{self.service.name} {why}{tail}"))

    async def _live(self, changed: Callable[[], None]) -> str:
        """One process from its start to its end; why it ended."""
        self.service.probe.reset()
        process, pipe = await spawn(self.service, self.home)
        self._process, self.pid = process, process.pid
        copying = asyncio.create_task(self.output.copy(pipe))
        ended, watched = asyncio.create_task(process.wait()), asyncio.create_task(self._watch())
        try:
            changed()
            await asyncio.wait({ended, watched}, return_when=asyncio.FIRST_COMPLETED)
            return watched.result() if watched.done() else f"ended with status {ended.result()}"
        finally:
            watched.cancel()
            end_group(process.pid)
            await process.wait()
            with suppress(TimeoutError):
                await asyncio.wait_for(copying, 2)

    async def _watch(self) -> str:
        """Ask until it is ready, then go on asking; returns why it should be started again."""
        began = time.monotonic()
        while not await self.service.probe.is_ready():
            if time.monotonic() - began > self.service.patience:
                why = f"was not ready within {self.service.patience:g} s"
                if not self.first_ready.done():
                    self._give_up(why)
                return why
            await asyncio.sleep(ASKING)
        self.journal.say(f"{self.service.name} is ready ({time.monotonic() - began:.1f} s)")
        if not self.first_ready.done():
            self.first_ready.set_result(None)
        last = time.monotonic()
        while time.monotonic() - last < self.service.silence or self.stopping:
            await asyncio.sleep(min(WATCHING, self.service.silence / 4))
            if await self.service.probe.is_alive():
                last = time.monotonic()
        return f"has not answered for {self.service.silence:g} s"

    async def stop(self, hurry: asyncio.Event) -> None:
        """SIGTERM, then time to drain (none once `hurry` is set), then SIGKILL to all of its group."""
        self.stopping = True
        if self._task is None:
            return
        process = self._process
        if process is None or process.returncode is not None:
            self._task.cancel()
        else:
            with suppress(ProcessLookupError):
                process.terminate()
            rush = asyncio.create_task(hurry.wait())
            await asyncio.wait({self._task, rush}, timeout=self.service.drain, return_when=asyncio.FIRST_COMPLETED)
            rush.cancel()
            if not self._task.done():
                self.journal.say(f"{self.service.name} did not end by itself and is killed")
                end_group(process.pid)
        await asyncio.wait({self._task})
