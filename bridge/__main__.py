"""`python -m bridge`: BullMQ jobs in, answers out."""

from __future__ import annotations

import asyncio
import gc
import signal

import uvloop

from bridge.service import Bridge
from foundation import logs
from foundation.settings import get_settings
from tasks.discovery import discover
from workers.app import app


async def main() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    bridge = Bridge(get_settings(), app, discover(), stop)
    gc.freeze()  # modules stay: a look at all of them would halt every job for tenths of a second
    await bridge.run()


if __name__ == "__main__":
    logs.configure(get_settings().log_level)
    uvloop.run(main())
