"""Contracts a second: the whole operation on distinct bytecodes, beside evmole's selectors, arguments and mutability.

    python -m benchmarks.contracts_throughput --data DIR [--rounds N]

Prints CPU time, which other work on the machine disturbs least, and the ratio of the two. Every round is a process of
its own, warmed with one contract, so that none finds what the one before kept.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path

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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds chain/bytecode")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    path = options.data / "chain" / "bytecode" / "token_bytecode_sample_1000.json.gz"
    codes: list[str] = list(dict.fromkeys(json.loads(gzip.decompress(path.read_bytes())).values()))
    with get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        rounds = [pool.apply(measure, (codes,)) for _ in range(options.rounds)]
    mine, repeated, theirs = (min(times) for times in zip(*rounds, strict=True))
    print(f"{len(codes)} distinct bytecodes, the best of {options.rounds} rounds")
    print(f"this operation: {len(codes) / mine:,.0f} contracts a second of CPU ({1e3 * mine / len(codes):.2f} ms each)")
    print(f"the same again, each three times in a row: {3 * len(codes) / repeated:,.0f} a second")
    print(f"evmole alone: {len(codes) / theirs:,.0f} a second; ratio {theirs / mine:.2f}")


if __name__ == "__main__":
    main()
