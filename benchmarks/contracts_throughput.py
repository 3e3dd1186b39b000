"""Contracts a second: the whole operation on distinct bytecodes, beside evmole's selectors, arguments and mutability.

    python -m benchmarks.contracts_throughput --data DIR [--rounds N]

Prints CPU time, which other work on the machine disturbs least, and the ratio of the two. Every round is a process of
its own, warmed with one contract, so that none finds what the one before kept. Then `soba call` reads a file of all
bytecodes of the data, by one process and by as many as it takes by itself: time on the clock, start-up included.
"""

from __future__ import annotations

import argparse
import gzip
import json
import subprocess
import sys
import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import evmole

from tasks.discovery import find
from tasks.runner import run


def seconds(work: Callable[[], object]) -> float:
    """CPU seconds of one run."""
    start = time.process_time()
    work()
    return time.process_time() - start


def measure(codes: list[str]) -> tuple[float, float, float]:
    """Seconds of the operation, of the same contracts each three times in a row, and of evmole."""
    operation = find("blockchain.analyze-contract")
    if operation.load:
        operation.load()
    lines = [json.dumps({"bytecode": code}) for code in codes]
    run(operation, lines[:1])
    mine = seconds(lambda: run(operation, lines))
    repeated = seconds(lambda: run(operation, [line for line in lines for _ in range(3)]))
    calls = {"selectors": True, "arguments": True, "state_mutability": True}
    return mine, repeated, seconds(lambda: [evmole.contract_info(code, **calls) for code in codes])


def on_the_clock(codes: list[str], *options: str) -> float:
    """Seconds that `soba call` takes for a file of bytecodes."""
    lines = b"".join(json.dumps({"bytecode": code}).encode() + b"\n" for code in codes)
    command = [sys.executable, "-m", "cli", "call", "blockchain.analyze-contract", "--jsonl", *options]
    start = time.perf_counter()
    done = subprocess.run(command, input=lines, capture_output=True, check=True)
    took = time.perf_counter() - start
    assert done.stdout.count(b"\n") == len(codes)
    return took


def codes_of(chain: Path) -> tuple[list[str], list[str]]:
    """Distinct runtimes of the sample for this purpose, and of all the data."""

    def read(name: str) -> Any:
        return json.loads(gzip.decompress((chain / name).read_bytes()))

    sample = list(dict.fromkeys(read("bytecode/token_bytecode_sample_1000.json.gz").values()))
    deployed = [item["runtime"] for item in read("selectors/onchain_runtime_with_abi.json.gz")]
    labelled = read("contracts/cgt_runtime.json.gz").values()
    return sample, list(dict.fromkeys(code.removeprefix("0x") for code in (*sample, *deployed, *labelled)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds chain/")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    codes, every = codes_of(options.data / "chain")
    with get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        rounds = [pool.apply(measure, (codes,)) for _ in range(options.rounds)]
    mine, repeated, theirs = (min(times) for times in zip(*rounds, strict=True))
    print(f"{len(codes)} distinct bytecodes, the best of {options.rounds} rounds")
    print(f"this operation: {len(codes) / mine:,.0f} contracts a second of CPU ({1e3 * mine / len(codes):.2f} ms each)")
    print(f"the same again, each three times in a row: {3 * len(codes) / repeated:,.0f} a second")
    print(f"evmole alone: {len(codes) / theirs:,.0f} a second; ratio {theirs / mine:.2f}")
    alone = min(on_the_clock(every, "--processes", "1") for _ in range(options.rounds))
    shared = min(on_the_clock(every) for _ in range(options.rounds))
    print(f"soba call, {len(every)} distinct bytecodes: {alone:.1f} s by one process, {shared:.1f} s as it shares them")


if __name__ == "__main__":
    main()
