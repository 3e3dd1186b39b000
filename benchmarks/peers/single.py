"""The peer: a bridge that sends one Celery task a job, and waits for each result.

Usage: PEER_URL=redis://... python -m benchmarks.peers.single QUEUE
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any

from bullmq import Worker
from celery import Celery

url = os.environ["PEER_URL"]
app = Celery("single", broker=url, backend=url)
app.conf.update(task_default_queue="single", accept_content=["json"], result_expires=300)


@app.task(name="single.ping")
def ping(data: dict[str, Any]) -> dict[str, Any]:
    return {"echo": data["input"]["echo"]}


async def main(queue: str) -> None:
    async def process(job: Any, _token: str) -> Any:
        result = await asyncio.to_thread(app.send_task, "single.ping", (job.data,))
        return await asyncio.to_thread(result.get, 30, True, 0.005)

    worker = Worker(queue, process, {"connection": url, "concurrency": 100})
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.Event().wait()
    await worker.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
