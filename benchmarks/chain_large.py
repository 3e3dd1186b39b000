"""The two list operations of the chain domain on as many transfers as a request may hold, whatever their shape.

    python -m benchmarks.chain_large [--transfers 200000] [--operations NAME,...] [--shapes random,star,...]

Prints CPU seconds from JSON text to JSON text and the memory that a process of its own needed at most, in all.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import time
from collections.abc import Callable, Iterator

import numpy as np

from tasks.discovery import find
from tasks.runner import run

OPERATIONS = ("blockchain.transaction-graph", "blockchain.analyze-wallet-cluster")
Ends = Iterator[tuple[int, int]]


def random(count: int) -> Ends:
    rng = np.random.default_rng(0)
    yield from zip(*(rng.integers(0, count // 2, count).tolist() for _ in range(2)), strict=True)


SHAPES: dict[str, Callable[[int], Ends]] = {
    "random": random,
    "dense": lambda count: ((i % 1999, i * 7 % 2003) for i in range(count)),
    "star": lambda count: ((0, i + 1) for i in range(count)),
    "chain": lambda count: ((i, i + 1) for i in range(count)),
    "ring": lambda count: ((i, (i + 1) % count) for i in range(count)),
    "cliques": lambda count: ((i // 400 * 20 + i % 400 // 20, i // 400 * 20 + i % 20) for i in range(count)),
    "parallel": lambda count: ((1, 2) for _ in range(count)),
    "self": lambda count: ((i % 7, i % 7) for i in range(count)),
}


def request(shape: str, count: int) -> bytes:
    """Values do not fit 64 bits."""
    rows = (
        {"from": f"0x{a:040x}", "to": f"0x{b:040x}", "value": str(10**20 + i)}
        for i, (a, b) in enumerate(SHAPES[shape](count))
    )
    return json.dumps({"transfers": list(rows)}).encode()


def measure(name: str, shape: str, count: int) -> str:
    operation, text = find(name), request(shape, count)
    if operation.load:
        operation.load()
    start = time.process_time()
    [answer] = run(operation, [text])
    assert isinstance(answer, bytes), answer
    seconds, memory = time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return f"{len(text) >> 20:4} MB in {len(answer) >> 20:4} MB out {seconds:6.1f} s {memory:6} MB"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--transfers", type=int, default=200_000)
    parser.add_argument("--operations", default=",".join(OPERATIONS), help="which, with commas between")
    parser.add_argument("--shapes", default=",".join(SHAPES), help="which, with commas between")
    options = parser.parse_args()
    spawn = multiprocessing.get_context("spawn")
    for name in options.operations.split(","):
        for shape in options.shapes.split(","):
            with spawn.Pool(1) as pool:
                print(f"{name:36} {shape:10} {pool.apply(measure, (name, shape, options.transfers))}", flush=True)


if __name__ == "__main__":
    main()
